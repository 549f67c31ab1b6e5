/*
 * secret.c - Secret Manager: versions of secrets, which tests put in by
 * /control/secrets. A version is {data, state, dataCrc32c}; without the last
 * the checksum is right, and none is sent when that is null.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/gce/cloud.h"

static json_t *checksum_of(const json_t *version, const char *data)
{
	json_t *given = json_object_get(version, "dataCrc32c");

	if (given)
		return json_is_null(given) ? NULL : json_incref(given);
	return json_sprintf("%u", cloud_crc32c(0, (const unsigned char *)data,
	                                       strlen(data)));
}

static json_t *payload_of(const json_t *version)
{
	const char *data = json_string_value(json_object_get(version, "data"));
	size_t len = strlen(data ? data : "");
	unsigned char *text = malloc(4 * (len / 3 + 1) + 1);
	json_t *out;

	data = data ? data : "";
	EVP_EncodeBlock(text, (const unsigned char *)data, (int)len);
	out = json_pack("{s:s, s:o*}", "data", text, "dataCrc32c",
	                checksum_of(version, data));
	free(text);
	return out;
}

void secret_access(struct call *k)
{
	const char *name = strchr(k->path + 1, '/') + 1;
	char path[512];
	const json_t *version;
	const char *state;

	snprintf(path, sizeof(path), "%.*s",
	         (int)(strlen(name) - strlen(":access")), name);
	version = json_object_get(k->c->secrets, path);
	if (!version) {
		call_error(k, 404, NULL,
		           "Secret Version [%s] not found or has been "
		           "destroyed.",
		           path);
		return;
	}
	state = json_string_value(json_object_get(version, "state"));
	if (state && strcmp(state, "ENABLED") != 0) {
		call_error(k, 400, NULL, "Secret Version [%s] is in %s state.",
		           path, state);
		json_object_set_new(json_object_get(k->answer, "error"),
		                    "status",
		                    json_string("FAILED_PRECONDITION"));
		return;
	}
	call_reply(k, 200,
	           json_pack("{s:s, s:o}", "name", path, "payload",
	                     payload_of(version)));
}
