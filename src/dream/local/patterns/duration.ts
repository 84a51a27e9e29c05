/**
 * Says a duration as people do, with the seconds where that says more. `within`: its uncertainty in seconds.
 */
export function sayDuration(seconds: number, within = 0): string {
  const whole = Math.round(seconds);
  const minutes = Math.round(whole / 60) * 60;
  if (whole > 120 && minutes !== whole && Math.abs(minutes - whole) <= within)
    return `${sayDuration(minutes).replace(/ \(.*/, '')} (${whole} s)`;
  if (whole < 120) return `${whole} s`;
  const [unit, length, smaller, short] = whole < 7_200 ? ['min', 60, 's', 1] : ['h', 3_600, 'min', 60];
  const units = Math.floor(whole / length);
  const rest = Math.round((whole - units * length) / short);
  const said = rest === 0 ? `${units} ${unit}` : `${units} ${unit} ${rest} ${smaller}`;
  return `${said} (${whole} s)`;
}
