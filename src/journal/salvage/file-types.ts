/** Types of files in a mode (stat(2)). */
export const typeMask = 0o170000;
export const directoryType = 0o040000;
export const fileType = 0o100000;
export const linkType = 0o120000;
