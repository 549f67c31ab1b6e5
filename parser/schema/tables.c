/* tables.c - every attribute of the language. */
#include "parser/schema/schema.h"

/* clang-format off */

static const struct schema_attr strings = {.name = "text"};
/* Text, or the name of a secret. */
static const struct schema_attr env_values = {
	.name = "text", .flags = SCHEMA_SECRET};
static const struct schema_attr paths = {.name = "path", .type = SCHEMA_PATH};
static const struct schema_attr packages = {
	.name = "package", .type = SCHEMA_PACKAGE};
static const struct schema_attr anything = {
	.name = "value", .type = SCHEMA_ANY};
static const struct schema_attr names = {.name = "name", .type = SCHEMA_NAME};
static const struct schema_attr ports = {.name = "port", .type = SCHEMA_PORT};
static const struct schema_attr allows = {
	.name = "rule", .type = SCHEMA_ALLOW};
static const struct schema_attr cidrs = {
	.name = "network", .type = SCHEMA_CIDR};
static const struct schema_attr volume_refs = {
	.name = "volume", .type = SCHEMA_REF, .ref = "volume"};

static const struct schema_attr var_attrs[] = {
	{.name = "type", .flags = SCHEMA_LITERAL, .initial = "string",
	 .help = "what its values are"},
	{.name = "default", .type = SCHEMA_ANY, .flags = SCHEMA_LITERAL,
	 .help = "its value when no other is given"},
	{.name = "min", .type = SCHEMA_ANY, .flags = SCHEMA_LITERAL,
	 .help = "the smallest number allowed"},
	{.name = "max", .type = SCHEMA_ANY, .flags = SCHEMA_LITERAL,
	 .help = "the largest number allowed"},
	{.name = "one_of", .type = SCHEMA_LIST, .element = &anything,
	 .flags = SCHEMA_LITERAL, .help = "all values allowed"},
	{.name = "pattern", .flags = SCHEMA_LITERAL,
	 .help = "a regular expression for the whole value"},
	{.name = "message", .flags = SCHEMA_LITERAL,
	 .help = "what to say when the value is refused"},
	{0},
};

static const struct schema_attr provider_attrs[] = {
	{.name = "type", .flags = SCHEMA_REQUIRED | SCHEMA_LITERAL,
	 .help = "the kind of place: qemu, gcp"},
	{0},
};

static const struct schema_attr image_attrs[] = {
	{.name = "program", .type = SCHEMA_PATH,
	 .help = "an ELF program on this host, or in the packages"},
	{.name = "package", .type = SCHEMA_LIST, .element = &packages,
	 .flags = SCHEMA_ONE | SCHEMA_STATIC,
	 .help = "Debian packages: the first has the program; miso lock pins them"},
	{.name = "args", .type = SCHEMA_LIST, .element = &strings,
	 .help = "the program's arguments, without its name"},
	{.name = "env", .type = SCHEMA_MAP, .element = &strings,
	 .help = "environment variables"},
	{.name = "files", .type = SCHEMA_MAP, .element = &paths,
	 .help = "paths in the image, and the host's files or folders for them; shared objects bring their libraries"},
	{.name = "disk", .type = SCHEMA_SIZE, .initial = "64Mi",
	 .min = 1 << 20, .max = INT64_C(1) << 44,
	 .help = "size of the root file system"},
	{.name = "cwd", .type = SCHEMA_PATH,
	 .help = "the program's working directory"},
	{.name = "protect", .type = SCHEMA_BOOL, .initial = "false",
	 .flags = SCHEMA_STATIC | SCHEMA_META,
	 .help = "refuse to destroy it"},
	{0},
};

static const struct schema_attr firewall_attrs[] = {
	{.name = "allow", .type = SCHEMA_LIST, .element = &allows,
	 .flags = SCHEMA_REQUIRED | SCHEMA_STATIC,
	 .help = "what is let in: tcp/1883, tcp/1000-2000, udp/53, icmp"},
	{.name = "sources", .type = SCHEMA_LIST, .element = &cidrs,
	 .flags = SCHEMA_STATIC,
	 .help = "from where; default is everywhere (on gcp: refused)"},
	{0},
};

static const char *const replaces[] = {"create_first", "destroy_first", NULL};

static const struct schema_attr volume_attrs[] = {
	{.name = "provider", .flags = SCHEMA_STATIC | SCHEMA_META,
	 .help = "where it is"},
	{.name = "size", .type = SCHEMA_SIZE, .flags = SCHEMA_REQUIRED,
	 .min = 1 << 20, .max = INT64_C(1) << 46, .help = "how large it is"},
	{.name = "for_each", .type = SCHEMA_ANY,
	 .flags = SCHEMA_STATIC | SCHEMA_META,
	 .help = "a number, list or map: one volume for each"},
	{.name = "when", .type = SCHEMA_BOOL, .initial = "true",
	 .flags = SCHEMA_STATIC | SCHEMA_META,
	 .help = "whether it is there at all"},
	{.name = "protect", .type = SCHEMA_BOOL, .initial = "false",
	 .flags = SCHEMA_STATIC | SCHEMA_META,
	 .help = "refuse to destroy it"},
	{.name = "ignore", .type = SCHEMA_LIST, .element = &strings,
	 .flags = SCHEMA_LITERAL | SCHEMA_META,
	 .help = "attributes whose differences are left alone: memory, env.LOG"},
	{.name = "adopt", .type = SCHEMA_STRING,
	 .flags = SCHEMA_STATIC | SCHEMA_META,
	 .help = "true, or the id of an object to take over that miso did not make"},
	{.name = "replace", .one_of = replaces,
	 .flags = SCHEMA_LITERAL | SCHEMA_META,
	 .help = "create_first or destroy_first, when it must be made anew"},
	{0},
};

static const struct schema_attr address_attrs[] = {
	{.name = "provider", .flags = SCHEMA_STATIC | SCHEMA_META,
	 .help = "where it is"},
	{.name = "region", .flags = SCHEMA_STATIC,
	 .help = "of the place; default is the provider's"},
	{.name = "for_each", .type = SCHEMA_ANY,
	 .flags = SCHEMA_STATIC | SCHEMA_META,
	 .help = "a number, list or map: one address for each"},
	{.name = "when", .type = SCHEMA_BOOL, .initial = "true",
	 .flags = SCHEMA_STATIC | SCHEMA_META,
	 .help = "whether it is there at all"},
	{.name = "protect", .type = SCHEMA_BOOL, .initial = "false",
	 .flags = SCHEMA_STATIC | SCHEMA_META,
	 .help = "refuse to destroy it"},
	{.name = "adopt", .type = SCHEMA_STRING,
	 .flags = SCHEMA_STATIC | SCHEMA_META,
	 .help = "true, or the id of an object to take over that miso did not make"},
	{0},
};

static const struct schema_attr wait_attrs[] = {
	{.name = "log", .help = "a regular expression for a line of its log"},
	{.name = "tcp", .type = SCHEMA_INT, .min = 1, .max = 65535,
	 .help = "a port that accepts connections"},
	{.name = "http", .type = SCHEMA_HTTP,
	 .help = "where a GET is answered with a status below 400: 8080/health"},
	{.name = "timeout", .type = SCHEMA_DURATION, .initial = "60s",
	 .min = 1, .max = 24 * 3600 * 1000, .help = "how long to wait"},
	{0},
};

static const struct schema_kind wait_kind = {
	"wait_for", "wait_for", wait_attrs};

static const struct schema_attr roll_attrs[] = {
	{.name = "max_unavailable", .type = SCHEMA_INT, .initial = "1",
	 .min = 1, .max = 100000, .flags = SCHEMA_STATIC,
	 .help = "how many may be away at the same time"},
	{0},
};

static const struct schema_kind roll_kind = {"roll", "roll", roll_attrs};

static const struct schema_attr log_attrs[] = {
	{.name = "syslog", .flags = SCHEMA_REQUIRED,
	 .help = "HOST:PORT that gets the lines as RFC 5424 over UDP"},
	{0},
};

static const struct schema_kind log_kind = {"log", "log", log_attrs};

static const char *const wx_rules[] = {"allow", "deny", NULL};

static const struct schema_attr security_attrs[] = {
	{.name = "wx", .initial = "allow", .one_of = wx_rules,
	 .help = "deny: no memory is writable and executable at once"},
	{0},
};

static const struct schema_kind security_kind = {
	"security", "security", security_attrs};

static const char *const restarts[] = {"never", "on-failure", "always", NULL};

static const struct schema_attr instance_attrs[] = {
	{.name = "image", .type = SCHEMA_REF, .ref = "image",
	 .flags = SCHEMA_REQUIRED, .help = "what it boots: ${image.NAME}"},
	{.name = "provider", .flags = SCHEMA_STATIC | SCHEMA_META,
	 .help = "where it runs"},
	{.name = "memory", .type = SCHEMA_SIZE, .initial = "128Mi",
	 .min = 1 << 20, .max = INT64_C(1) << 44, .help = "its RAM"},
	{.name = "cpus", .type = SCHEMA_INT, .initial = "1", .min = 1,
	 .max = 256, .help = "how many processors it has"},
	{.name = "args", .type = SCHEMA_LIST, .element = &strings,
	 .help = "arguments instead of the image's"},
	{.name = "env", .type = SCHEMA_MAP, .element = &env_values,
	 .flags = SCHEMA_SECRET,
	 .help = "environment variables, over the image's"},
	{.name = "ports", .type = SCHEMA_LIST, .element = &ports,
	 .help = "what it listens on: 1883, \"8883:1883\", 53/udp"},
	{.name = "tags", .type = SCHEMA_LIST, .element = &names,
	 .flags = SCHEMA_STATIC,
	 .help = "firewalls that say who may reach it"},
	{.name = "volumes", .type = SCHEMA_MAP, .element = &volume_refs,
	 .help = "where in it a volume is mounted"},
	{.name = "hostname", .help = "the name it has for itself"},
	{.name = "machine",
	 .help = "gcp: its machine type; else the smallest that is enough"},
	{.name = "zone",
	 .help = "gcp: where it is, when that is not the provider's zone"},
	{.name = "public", .type = SCHEMA_BOOL,
	 .help = "gcp: false gives it no address outside of the network"},
	{.name = "address", .type = SCHEMA_REF, .ref = "address",
	 .help = "gcp: the reserved address it has outside: ${address.NAME}"},
	{.name = "count", .type = SCHEMA_INT, .min = 1, .max = 1000,
	 .help = "gcp: several that are all alike, as a managed group"},
	{.name = "spot", .type = SCHEMA_BOOL,
	 .help = "gcp: cheaper, and may be stopped at any time"},
	{.name = "service_account",
	 .help = "gcp: as whom it may use Google's services"},
	{.name = "restart", .initial = "never", .one_of = restarts,
	 .help = "what to do when the program ends"},
	{.name = "wait_for", .type = SCHEMA_OBJECT, .kind = &wait_kind,
	 .help = "when it counts as started"},
	{.name = "log", .type = SCHEMA_OBJECT, .kind = &log_kind,
	 .help = "where its output also goes"},
	{.name = "security", .type = SCHEMA_OBJECT, .kind = &security_kind,
	 .help = "what it must not do"},
	{.name = "depends_on", .type = SCHEMA_LIST, .element = &strings,
	 .flags = SCHEMA_LITERAL | SCHEMA_META,
	 .help = "what must be there first: instance.NAME"},
	{.name = "for_each", .type = SCHEMA_ANY,
	 .flags = SCHEMA_STATIC | SCHEMA_META,
	 .help = "a number, list or map: one instance for each"},
	{.name = "when", .type = SCHEMA_BOOL, .initial = "true",
	 .flags = SCHEMA_STATIC | SCHEMA_META,
	 .help = "whether it is there at all"},
	{.name = "protect", .type = SCHEMA_BOOL, .initial = "false",
	 .flags = SCHEMA_STATIC | SCHEMA_META,
	 .help = "refuse to destroy it"},
	{.name = "ignore", .type = SCHEMA_LIST, .element = &strings,
	 .flags = SCHEMA_LITERAL | SCHEMA_META,
	 .help = "attributes whose differences are left alone: memory, env.LOG"},
	{.name = "adopt", .type = SCHEMA_STRING,
	 .flags = SCHEMA_STATIC | SCHEMA_META,
	 .help = "true, or the id of an object to take over that miso did not make"},
	{.name = "replace", .one_of = replaces,
	 .flags = SCHEMA_LITERAL | SCHEMA_META,
	 .help = "create_first or destroy_first, when it must be made anew"},
	{.name = "roll", .type = SCHEMA_OBJECT, .kind = &roll_kind,
	 .flags = SCHEMA_STATIC | SCHEMA_META,
	 .help = "how the members of a for_each are changed"},
	{0},
};

static const struct schema_attr output_attrs[] = {
	{.name = "value", .type = SCHEMA_ANY, .flags = SCHEMA_REQUIRED,
	 .help = "what is shown"},
	{.name = "sensitive", .type = SCHEMA_BOOL, .initial = "false",
	 .flags = SCHEMA_LITERAL, .help = "show it only when asked for"},
	{0},
};

static const struct schema_attr move_attrs[] = {
	{.name = "from", .flags = SCHEMA_REQUIRED | SCHEMA_LITERAL,
	 .help = "the address it had: instance.NAME, instance.NAME[\"KEY\"]"},
	{.name = "to", .flags = SCHEMA_REQUIRED | SCHEMA_LITERAL,
	 .help = "the address it has now"},
	{0},
};

static const struct schema_attr check_attrs[] = {
	{.name = "assert", .type = SCHEMA_BOOL, .flags = SCHEMA_REQUIRED,
	 .help = "an expression that must be true"},
	{.name = "message", .flags = SCHEMA_REQUIRED,
	 .help = "what to say when it is not"},
	{0},
};

const struct schema_kind schema_move = {"move", "a move", move_attrs};
const struct schema_kind schema_check = {"check", "a check", check_attrs};
const struct schema_kind schema_var = {"variable", "a variable", var_attrs};
const struct schema_kind schema_provider = {
	"provider", "a provider", provider_attrs};
const struct schema_kind schema_image = {"image", "an image", image_attrs};
const struct schema_kind schema_firewall = {
	"firewall", "a firewall", firewall_attrs};
const struct schema_kind schema_volume = {
	"volume", "a volume", volume_attrs};
const struct schema_kind schema_address = {
	"address", "an address", address_attrs};
const struct schema_kind schema_instance = {
	"instance", "an instance", instance_attrs};
const struct schema_kind schema_output = {
	"output", "an output", output_attrs};

static const struct schema_attr moves = {
	.name = "move", .type = SCHEMA_OBJECT, .kind = &schema_move};
static const struct schema_attr checks = {
	.name = "check", .type = SCHEMA_OBJECT, .kind = &schema_check};

static const struct schema_attr var_body = {
	.name = "var", .type = SCHEMA_OBJECT, .kind = &schema_var};
static const struct schema_attr image_body = {
	.name = "image", .type = SCHEMA_OBJECT, .kind = &schema_image};
static const struct schema_attr firewall_body = {
	.name = "firewall", .type = SCHEMA_OBJECT, .kind = &schema_firewall};
static const struct schema_attr volume_body = {
	.name = "volume", .type = SCHEMA_OBJECT, .kind = &schema_volume};
static const struct schema_attr address_body = {
	.name = "address", .type = SCHEMA_OBJECT, .kind = &schema_address};
static const struct schema_attr instance_body = {
	.name = "instance", .type = SCHEMA_OBJECT, .kind = &schema_instance};

/* The sections' bodies are read one by one, each by its own kind. */
static const struct schema_attr stack_attrs[] = {
	{.name = "version", .type = SCHEMA_INT, .initial = "1", .min = 1,
	 .max = 1, .flags = SCHEMA_LITERAL,
	 .help = "of the language: 1"},
	{.name = "name", .type = SCHEMA_NAME,
	 .flags = SCHEMA_REQUIRED | SCHEMA_LITERAL,
	 .help = "what the stack is called"},
	{.name = "include", .type = SCHEMA_LIST, .element = &paths,
	 .flags = SCHEMA_LITERAL,
	 .help = "further files with the same sections, or shell patterns for them"},
	{.name = "env_allow", .type = SCHEMA_LIST, .element = &strings,
	 .flags = SCHEMA_LITERAL,
	 .help = "variables of the environment that ${env.X} may use"},
	{.name = "vars", .type = SCHEMA_MAP, .element = &var_body,
	 .help = "what differs from site to site"},
	{.name = "locals", .type = SCHEMA_MAP, .element = &anything,
	 .flags = SCHEMA_STATIC, .help = "values with a name"},
	{.name = "providers", .type = SCHEMA_MAP, .element = &anything,
	 .help = "the places where things run"},
	{.name = "images", .type = SCHEMA_MAP, .element = &image_body,
	 .help = "what boots"},
	{.name = "firewalls", .type = SCHEMA_MAP, .element = &firewall_body,
	 .help = "tags, and the traffic they let in"},
	{.name = "volumes", .type = SCHEMA_MAP, .element = &volume_body,
	 .help = "disks that stay"},
	{.name = "addresses", .type = SCHEMA_MAP, .element = &address_body,
	 .help = "reserved addresses"},
	{.name = "instances", .type = SCHEMA_MAP, .element = &instance_body,
	 .help = "what runs"},
	{.name = "outputs", .type = SCHEMA_MAP, .element = &anything,
	 .help = "what to tell after an apply"},
	{.name = "checks", .type = SCHEMA_LIST, .element = &checks,
	 .help = "what must be true of the stack"},
	{.name = "moved", .type = SCHEMA_LIST, .element = &moves,
	 .help = "new names for what is there"},
	{.name = "keep", .type = SCHEMA_INT, .initial = "3", .min = 1,
	 .max = 1000, .flags = SCHEMA_LITERAL,
	 .help = "how many releases are kept, and the images they used"},
	{0},
};

static const struct schema_attr site_attrs[] = {
	{.name = "vars", .type = SCHEMA_MAP, .element = &anything,
	 .help = "values of the stack's variables"},
	{.name = "override", .type = SCHEMA_MAP, .element = &anything,
	 .help = "what differs from the stack's file"},
	{0},
};

const struct schema_kind schema_stack = {"stack", "a stack", stack_attrs};
const struct schema_kind schema_site = {"site", "a site", site_attrs};

/* clang-format on */
