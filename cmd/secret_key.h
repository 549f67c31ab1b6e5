/* secret_key.h - the key with which changes of secrets are seen. */
#ifndef CMD_SECRET_KEY_H
#define CMD_SECRET_KEY_H

#include "parser/config/config.h"

/*
 * The key of this user on this host: $MISO_HOME/secret-key, made when it is
 * not there. Whoever has it can test guesses of a secret against a plan; it
 * opens nothing else.
 */
NODISCARD struct err *secret_key_get(unsigned char key[CONFIG_SECRET_KEY]);

#endif
