/** The mark in the place of a masked secret (`src/secrets`): `[masked:kind]`. */
export const secretMark = /\[masked:[\w-]+\]/;
export const secretMarks = new RegExp(secretMark, 'g');
