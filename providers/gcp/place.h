/*
 * place.h - one opened provider: settings, login, and what a run remembers.
 */
#ifndef PROVIDERS_GCP_PLACE_H
#define PROVIDERS_GCP_PLACE_H

#include <pthread.h>

#include "parser/base/map.h"
#include "providers/http/http.h"
#include "providers/image/image.h"
#include "providers/image/store.h"
#include "providers/provider.h"

struct gcp_login;

/* Each has a count of its own a minute (Compute Engine: "Rate quotas"). */
enum gcp_quota { GCP_READS, GCP_CHANGES, GCP_OPERATIONS, GCP_QUOTAS };

/* An instance of this stack and site that is known to be there. */
struct gcp_peer {
	const char *id;      /* its path */
	const char *address; /* "instance.web" */
	const char *name;    /* short */
	const char *ip;      /* inside the network */
	const char *const *tags;
	size_t nr_tags;
	bool gone;
	struct gcp_peer *next;
};

/* An object that this run deletes, or deleted. */
struct gcp_deletion {
	const char *path;
	struct gcp_deletion *next;
};

/* A firewall rule of ours. */
struct gcp_rule {
	const char *name, *digest;
	bool gone;
	bool changed; /* by somebody else */
	struct gcp_rule *next;
};

/* An archive that this run uploads for an image. */
struct gcp_archive {
	const char *object; /* its name in the bucket */
	struct gcp_archive *next;
};

/* An image whose inputs were looked at. */
struct gcp_planned {
	const char *address;
	struct image image;
	struct gcp_planned *next;
};

struct provider {
	/* Constant after open. */
	struct arena mem;
	struct owner owner;
	const char *project, *zone, *region, *bucket, *network;
	const char *compute; /* ".../compute/v1", without a slash at the end */
	const char *storage; /* "https://storage.googleapis.com" */
	const char *secrets; /* "https://secretmanager.googleapis.com/v1" */
	const char *source;  /* what images.insert calls the storage */
	bool elsewhere;      /* `endpoint:` is set */
	const char *machine; /* of instances that name none, or NULL */
	struct src_pos pos;  /* of the settings */
	struct src_pos project_pos, zone_pos, bucket_pos, login_pos;
	int64_t try_ms; /* for one try of a call; 0: as long as it may take */
	struct http *http;
	struct gcp_login *login;
	struct store *store;
	const char *home;

	/* Guards what follows; never held during a request. */
	pthread_mutex_t lock;
	struct arena found;
	struct gcp_peer *peers;
	struct map peers_by_id;
	struct gcp_rule *rules;
	struct gcp_deletion *deletions;
	struct gcp_planned *planned;
	struct map foreign;  /* paths of what others gave a name of ours */
	struct map machines; /* type's name -> "" once it was looked up */
	bool ready;          /* preflight went well */
	int64_t next_ms[GCP_QUOTAS]; /* pacing: when the next may go */

	/* Held while a firewall rule is made or removed. */
	pthread_mutex_t rules_lock;

	/* Held while an archive of a run before is removed. */
	pthread_mutex_t archives_lock;
	struct gcp_archive *archives; /* archives_lock must be held */
};

/* provider_ops.open and close. */
NODISCARD struct err *gcp_place_open(const struct value *settings,
                                     const struct owner *owner,
                                     struct provider **out);
void gcp_place_close(struct provider *p);

/* "projects/P/global", "projects/P/zones/Z", "projects/P/regions/R". */
const char *gcp_place_global(struct arena *mem, const struct provider *p);
const char *gcp_place_zone(struct arena *mem, const struct provider *p,
                           const char *zone);
const char *gcp_place_region(struct arena *mem, const struct provider *p,
                             const char *region);

/* "web" of ".../zones/us-west2-a/instances/web". */
const char *gcp_place_last(const char *path);

/* Does a URL lead to one of Google's hosts, by TLS? */
bool gcp_place_is_googles(const char *url);

/* "us-west2" of "us-west2-a"; NULL when it cannot be a zone. */
const char *gcp_place_region_of(struct arena *mem, const char *zone);

/* Remember that `path` is being deleted; was that so? Any thread. */
void gcp_place_delete(struct provider *p, const char *path);
bool gcp_place_deletes(struct provider *p, const char *path);

/* Remember an instance, or that it is gone. Any thread. */
void gcp_place_remember(struct provider *p, const struct gcp_peer *peer);
void gcp_place_forget(struct provider *p, const char *id);

/* Was one of another address there when this run began, or is it now? */
bool gcp_place_is_taken(struct provider *p, const char *id,
                        const char *address);

/* Remember what is in the way: a name of ours, and no mark of ours. */
void gcp_place_add_foreign(struct provider *p, const char *path);
bool gcp_place_is_foreign(struct provider *p, const char *path);

/* One that is remembered, or NULL; not while others may remember it anew. */
const struct gcp_peer *gcp_place_peer(struct provider *p, const char *id);

#endif
