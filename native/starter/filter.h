#pragma once

// Refuses the system calls that reach beyond namespaces, for this process and all that it starts. Returns 0 or errno.
int installFilter();
