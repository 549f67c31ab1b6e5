/*
 * cloud.h - a Compute Engine and a Cloud Storage on loopback, as plain data.
 *
 * Everything the cloud knows is JSON. A resource is found by its path
 * ("projects/p/zones/z/instances/i") and looks as the API shows it; members
 * that begin with '_' are the cloud's own and never shown:
 *
 *	_visible   from when on a GET finds it (ms of the cloud's clock)
 *
 * An operation is a change that happens at its time: _due, and what it does
 * then: _verb ("insert", "delete", "set", ...), _target and _set. Operations
 * are settled, in order, before each request is looked at, so the cloud needs
 * no thread of its own and what it does depends on its clock alone.
 *
 * One lock guards it all. A handler runs with the lock held.
 */
#ifndef TESTS_GCE_CLOUD_H
#define TESTS_GCE_CLOUD_H

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/gce/schema.h"

struct cloud_options {
	const char *project, *bucket;
	const char *dir;       /* where bytes are kept */
	int64_t op_ms;         /* how long an operation takes */
	int64_t lag_ms;        /* how long it is not seen after that */
	int64_t latency_ms;    /* of each request */
	int64_t reads_minute;  /* quota; 0: none */
	int64_t writes_minute; /* quota; 0: none */
	int64_t instances;     /* quota; 0: none */
	int64_t linger_ms;     /* what was deleted counts as a user for this */
	int64_t token_s;       /* how long a token is good */
	const char *addresses; /* first public address, such as 198.18.0.1 */
	bool guests;           /* instances are machines */
	bool open;             /* any token will do */
	const char *qemu, *accel;
};

struct cloud {
	struct cloud_options o; /* constant once it runs */

	pthread_mutex_t lock;
	pthread_cond_t changed; /* something was settled */

	/* lock must be held for these. */
	char url[64]; /* of the server, without a slash at the end */
	json_t *resources, *operations, *pending, *requests;
	json_t *buckets, *objects, *uploads, *secrets;
	json_t *refused; /* {path: code}: how its next change fails */
	json_t *away;    /* {"zones/us-west2-a": true}: it cannot be asked */
	json_t *accounts, *tokens, *faults, *log;
	json_t *checked; /* sizes of disks in good archives, by MD5 */
	int64_t skew_ms;
	uint64_t next_id, next_address, next_ip;
	int64_t minute, counts[3]; /* of the quotas: see route.c */
	bool stopping;
};

/* A request, and its answer. */
struct call {
	struct cloud *c;
	const struct gce_method *m; /* NULL: none of the API's */
	const char *verb, *path;
	json_t *params;  /* parts of the path */
	json_t *query;   /* strings */
	json_t *headers; /* lower case */
	json_t *body;    /* NULL: none, or no JSON */
	const char *raw;
	size_t raw_len;
	const char *account; /* who asks */

	int status;
	json_t *answer; /* owned; NULL: `text`, if there is one */
	char *text;     /* owned */
	size_t text_len;
	const char *text_type;
	char header[2][512]; /* "Name: value"; empty: none */
};

void cloud_init(struct cloud *c, const struct cloud_options *o);
void cloud_fini(struct cloud *c);

int64_t cloud_now(const struct cloud *c);
void cloud_time(const struct cloud *c, int64_t ms, char out[32]); /* RFC 3339 */
json_t *cloud_stamp(const struct cloud *c);
json_t *cloud_id(struct cloud *c);

/* Forget everything but what tests have set, and images. */
void cloud_reset_locked(struct cloud *c);

/* Do what is due. */
void cloud_settle_locked(struct cloud *c);

/* Go on with the checksum `crc` (0 to begin with). */
uint32_t cloud_crc32c(uint32_t crc, const unsigned char *p, size_t n);

/* --- answers ------------------------------------------------------------- */

void call_reply(struct call *k, int status, json_t *answer); /* takes it */
/* `reason` NULL: of an API whose errors have no list of reasons. */
void call_error(struct call *k, int status, const char *reason, const char *fmt,
                ...) __attribute__((format(printf, 4, 5)));
const char *call_param(const struct call *k, const char *name);
const char *call_query(const struct call *k, const char *name);
int64_t call_number(const struct call *k, const char *name, int64_t otherwise);

/* --- resources (resource.c) ---------------------------------------------- */

/* The part of a path or URL from "projects/" on. */
const char *resource_path(const char *url);

/* Visible, or NULL. Borrowed. */
json_t *resource_find(const struct cloud *c, const char *path);

/* What callers may see of it: a new object. */
json_t *resource_shown(const json_t *r);

/* A hash of JSON in base64, as fingerprints are. */
json_t *resource_fingerprint(const json_t *v);

void resource_insert(struct call *k);
void resource_get(struct call *k);
void resource_list(struct call *k);
void resource_aggregated(struct call *k);
void resource_delete(struct call *k);
void resource_patch(struct call *k);
void resource_set_labels(struct call *k);

/* One kind of resource, where it differs. */
struct resource_kind {
	const char *collection; /* "instances" */
	const char *kind;       /* "compute#instance" */
	/* Check and fill in a new one; false: it has replied. */
	bool (*prepare)(struct call *k, json_t *r);
	/* It is there now. An error's code, or NULL. */
	const char *(*made)(struct cloud *c, json_t *r, const char **message);
	/* Who uses it, or NULL. */
	const char *(*user)(struct cloud *c, const json_t *r);
	void (*gone)(struct cloud *c, const json_t *r);
};

const struct resource_kind *resource_kind_of(const char *path);
extern const struct resource_kind resource_kinds[];

/* --- operations (operation.c) -------------------------------------------- */

/*
 * Start one and reply with it. `set` (taken, may be NULL) is what "set" merges
 * into the target. A requestId that was seen replies with the operation it
 * started.
 */
void operation_start(struct call *k, const char *verb, const char *target,
                     json_t *set);

/* True: the request was seen before, and has been replied to. */
bool operation_repeated(struct call *k);
void operation_get(struct call *k);
void operation_wait(struct call *k);
void operation_list(struct call *k);
void operation_settle_locked(struct cloud *c, json_t *op);

/* Due, but a machine has to run down before it can be done. */
bool operation_must_wait(struct cloud *c, const json_t *op);

/* --- lists (select.c) ---------------------------------------------------- */

/* Does it pass `filter`? False also for a filter nobody understands. */
bool select_passes(const json_t *r, const char *filter, bool *understood);

/* Only what `fields` names: a new object, or NULL for a bad selector. */
json_t *select_fields(const json_t *answer, const char *fields);

/* Reply with a page of `items` (array, taken). */
void select_page(struct call *k, const char *kind, json_t *items);

/* --- the parts ----------------------------------------------------------- */

typedef void handler(struct call *k);

/* Which method is it? Its parts of the path go into `params`. */
const struct gce_method *route_method(struct call *k);

/* Answer the call: every check, then the method's handler. */
void route_call(struct call *k);

void instance_set_tags(struct call *k);
void instance_set_metadata(struct call *k);
void instance_set_machine_type(struct call *k);
void instance_start(struct call *k);
void instance_stop(struct call *k);
void instance_serial(struct call *k);
void instance_add_access(struct call *k);
void instance_delete_access(struct call *k);
void instance_protect(struct call *k);
/* An operation's verb on an instance. An error's code, or NULL. */
const char *instance_do(struct cloud *c, json_t *r, const char *verb,
                        const char **message);
bool instance_prepare(struct call *k, json_t *r);

/* Give one that asks for nothing impossible its disk, addresses, marks. */
void instance_equip(struct cloud *c, json_t *r, const char *zone);
const char *instance_made(struct cloud *c, json_t *r, const char **message);
void instance_gone(struct cloud *c, const json_t *r);

bool image_prepare(struct call *k, json_t *r);
const char *image_made(struct cloud *c, json_t *r, const char **message);
void image_gone(struct cloud *c, const json_t *r);

bool address_prepare(struct call *k, json_t *r);
const char *address_user(struct cloud *c, const json_t *r);
bool firewall_prepare(struct call *k, json_t *r);

bool group_prepare(struct call *k, json_t *r);
const char *group_made(struct cloud *c, json_t *r, const char **message);
const char *template_user(struct cloud *c, const json_t *r);
void group_resize(struct call *k);
void group_list_instances(struct call *k);
void group_changed(struct cloud *c, json_t *g);

/* Members that have run down are gone. */
void group_settle_locked(struct cloud *c);

/* Press the power buttons of all its members; true while one runs down. */
bool group_runs_down(struct cloud *c, const json_t *g);

void place_get(struct call *k); /* zones, regions, machine types, projects */
void place_list(struct call *k);
bool place_zone_known(const char *zone);
int place_cpus(const char *machine_type); /* 0: there is no such type */

void storage_bucket_get(struct call *k);
void storage_test_permissions(struct call *k);
void storage_get(struct call *k);
void storage_list(struct call *k);
void storage_delete(struct call *k);
void storage_patch(struct call *k);
void storage_start(struct call *k);
void storage_put(struct call *k);
void storage_media(struct call *k); /* simple upload */
/* Where an object's bytes are, or NULL. */
const char *storage_file(struct cloud *c, const char *bucket, const char *name);
const char *storage_md5(struct cloud *c, const char *bucket, const char *name);

void secret_access(struct call *k);

/* False: it has replied with 401 or 403. */
bool login_check(struct call *k);
void login_token(struct call *k);       /* POST /token */
void login_sts(struct call *k);         /* POST /sts/v1/token */
void login_impersonate(struct call *k); /* iamcredentials */
void login_metadata(struct call *k);    /* /computeMetadata/ */

void control_call(struct call *k); /* /control/... */

/* What a fault does to a request. */
enum control_fault {
	FAULT_NONE,
	FAULT_STATUS, /* it has replied */
	FAULT_CUT_BEFORE,
	FAULT_CUT_AFTER,
};
enum control_fault control_fault_locked(struct call *k);
void control_log_locked(struct call *k);

#endif
