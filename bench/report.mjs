import { timeRatio } from './rows.mjs';

const number = (value) =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

const pad = (cells, widths) =>
  `| ${cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[index]))).join(' | ')} |`;

export function table(header, lines) {
  const widths = header.map((cell, index) =>
    Math.max(cell.length, ...lines.map((line) => line[index].length)),
  );
  const rule = widths.map((width, index) => (index === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [pad(header, widths), pad(rule, widths), ...lines.map((line) => pad(line, widths))].join('\n');
}

const sample = ({ median, min, max }) => `${number(median)} (${number(min)}–${number(max)})`;

/** The table of ratios: memfsd's time over the other's, so below 1 memfsd is the faster one. */
export function results(rows, names, title, sampleOf) {
  const others = names.filter((name) => name !== 'memfsd');
  return rows.map((row) => {
    const samples = Object.fromEntries(names.map((name) => [name, sampleOf(row, name) ?? null]));
    const ratios = {};
    for (const other of others) {
      if (samples.memfsd && samples[other])
        ratios[title(other)] = timeRatio(row, samples.memfsd.median, samples[other].median);
    }
    return { row: row.title, unit: row.unit, samples, ratios };
  });
}

export function printResults(measured, names, title) {
  const others = names.filter((name) => name !== 'memfsd');
  const header = [
    'operation',
    'unit',
    ...names.map(title),
    ...others.map((name) => `memfsd : ${title(name)}`),
  ];
  const lines = measured.map(({ row, unit, samples, ratios }) => [
    row,
    unit,
    ...names.map((name) => (samples[name] ? sample(samples[name]) : '–')),
    ...others.map((name) => (ratios[title(name)] === undefined ? '–' : number(ratios[title(name)]))),
  ]);
  return table(header, lines);
}
