/* providers.h - what main() must do for providers. */
#ifndef CMD_PROVIDERS_H
#define CMD_PROVIDERS_H

#include <stdbool.h>

/*
 * A provider may start this program again for work of its own. True: that was
 * it, it is done, and *status is the exit status.
 */
bool providers_helper(int argc, char **argv, int *status);

#endif
