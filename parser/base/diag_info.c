/* diag_info.c - what each code means, at length. */
#include "parser/base/diag.h"

/* clang-format off */

static const struct diag_info rows[] = {
	{DIAG_YAML, "not YAML",
	 "The file, or what follows the place shown, does not follow YAML's grammar. Often\n"
	 "a value that contains \": \" or \" #\" has to be quoted, a quote or bracket is not\n"
	 "closed, or a line is indented less than the one it belongs to.\n"
	 "\n"
	 "    message: error: no such file        # wrong: two colons\n"
	 "    message: \"error: no such file\"      # right\n"},
	{DIAG_TAB, "a tab indents",
	 "YAML allows only spaces as indentation, because a tab has no fixed width. Set\n"
	 "your editor to insert spaces in YAML files, and replace the tab.\n"},
	{DIAG_DUPLICATE, "a key is there twice",
	 "Of two equal keys in one map only one could count, and a reader cannot know\n"
	 "which. Keys are unique in a map, and also over all files that are put together\n"
	 "by `include:`. Remove or rename one of the two places shown.\n"},
	{DIAG_UTF8, "not UTF-8",
	 "Files are UTF-8. The byte shown belongs to no UTF-8 character; the file was\n"
	 "probably saved in another encoding, such as Latin-1. Convert it:\n"
	 "\n"
	 "    iconv -f latin1 -t utf-8 miso.yaml\n"},
	{DIAG_MERGE_KEY, "a merge key",
	 "YAML 1.1's merge key \"<<\" is not part of this language, since it hides where a\n"
	 "value comes from. Use `locals:` with merge(), a site's `override:`, or write the\n"
	 "values out. Anchors and aliases without \"<<\" work.\n"},
	{DIAG_FLOW_EXPR, "an unquoted expression in [] or {}",
	 "Within [...] and {...} a brace ends an unquoted text, so YAML cuts ${...} in two.\n"
	 "Quote it:\n"
	 "\n"
	 "    args: [--host, ${var.host}]         # wrong\n"
	 "    args: [--host, \"${var.host}\"]       # right\n"},
	{DIAG_DOCUMENTS, "several documents",
	 "A file holds one document: \"---\" may stand at its top, and nowhere else. Put the\n"
	 "others into files of their own, and name those under `include:`.\n"},
	{DIAG_LIMIT, "too large",
	 "miso reads files of at most 32 MiB, five million nodes and 64 levels of nesting;\n"
	 "aliases may stand for one million nodes. Expressions are limited in length and\n"
	 "nesting, too. A group with `for_each` says in one line what many blocks say.\n"},
	{DIAG_ALIAS, "an alias without its anchor",
	 "*name repeats what was marked with &name before, in the same file. An anchor has\n"
	 "one meaning: the same name cannot be given twice.\n"},
	{DIAG_KEY, "a key that is no text",
	 "A key is plain text. A list, a map or an alias cannot be a key here.\n"},
	{DIAG_TAG, "a tag without a meaning",
	 "Tags such as !new, !delete, !replace, !append and !prepend belong into the\n"
	 "`override:` of a site's file. Elsewhere, and any other tag, means nothing.\n"},
	{DIAG_FILE, "a file that cannot be read",
	 "The file named in the message could not be opened or read. Paths are seen from\n"
	 "the folder of the stack's file.\n"},
	{DIAG_INCLUDE, "an include that cannot be read",
	 "Each entry of `include:` is a file, or a shell pattern that matches some. A file\n"
	 "is included once; its path is seen from the file that names it.\n"
	 "\n"
	 "    include: [network.yaml, apps/*.yaml]\n"},
	{DIAG_TYPE, "a value of the wrong type",
	 "Each field has a type, and its type decides what is written there: 1.20 or NO is\n"
	 "text where text is wanted; a switch is true or false, never yes or on; a whole\n"
	 "number has no leading zero; a size is 512Mi or 2G; a duration 30s or 5m.\n"
	 "`miso explain instance.memory` tells what a field wants.\n"},
	{DIAG_MISSING, "a required key is not there",
	 "The block cannot do without this key. `miso explain KIND` lists what a block has,\n"
	 "and which keys it needs.\n"},
	{DIAG_UNKNOWN_KEY, "an unknown key",
	 "Nothing of this name belongs here: it is misspelt, or stands in the wrong block.\n"
	 "The message lists what there is; `miso explain instance` tells what each means.\n"},
	{DIAG_RANGE, "a value outside of what is allowed",
	 "The value has the right type and lies outside of its limits, which the message\n"
	 "tells.\n"},
	{DIAG_NOT_YET, "not supported yet",
	 "The language has this, and this version of miso does nothing with it yet. It is\n"
	 "refused, so that nobody relies on what does not happen.\n"},
	{DIAG_NAME, "a name that cannot be one",
	 "Names begin with a letter from a to z, go on with letters, digits and dashes, do\n"
	 "not end with a dash, and have at most 32 characters. The members of a `for_each`\n"
	 "are called NAME-KEY, so a key must fit in, too.\n"},
	{DIAG_EXCLUDES, "keys that exclude each other",
	 "Two settings contradict each other, or one makes no sense without another. The\n"
	 "message tells which; keep one of them.\n"},
	{DIAG_OVERLAY, "an override that fits nothing",
	 "A site's `override:` is laid over the stack, key by key. What it names must be\n"
	 "there, so that a misspelt name is found; what is new says so:\n"
	 "\n"
	 "    override:\n"
	 "      instances:\n"
	 "        broker: {memory: 512Mi}         # must be in the stack\n"
	 "        probe: !new {image: ...}        # must not\n"
	 "        old: !delete                    # must be\n"
	 "      firewalls:\n"
	 "        mqtt: {sources: !append [10.0.0.0/8]}\n"},
	{DIAG_LOCK, "a package that is not locked",
	 "What `package:` names is looked up once, by `miso lock`, and written to miso.lock\n"
	 "beside the stack's file: every package, its version and its SHA-256. From then on\n"
	 "everybody builds the same image. The file belongs into version control.\n"},
	{DIAG_EXPR, "not an expression",
	 "Between ${ and } stands an expression: numbers, 'text', names such as var.zone,\n"
	 "operators (?? or and not == != < <= > >= in =~ + - * / %), f(x) and [lists].\n"
	 "There is no ?: operator; if(condition, a, b) does that. $${ is a literal ${.\n"},
	{DIAG_FUNCTION, "no such function",
	 "`miso functions` lists every function with what it takes.\n"},
	{DIAG_ARGUMENTS, "arguments that do not fit",
	 "The function takes another number of arguments, or others.\n"
	 "`miso functions NAME` tells what it wants.\n"},
	{DIAG_UNDEFINED, "a reference to nothing",
	 "The name is not declared. A reference begins with var, local, env, each, self,\n"
	 "name, site, firewall, image, volume, address or instance; what follows the dot\n"
	 "is a name of that section. ${env.X} needs `env_allow: [X]` at the top.\n"},
	{DIAG_NOT_STATIC, "a resource where none may be used",
	 "What decides which objects there are, and where, must be known before anything\n"
	 "exists: vars, locals, for_each, when, providers and protect cannot depend on an\n"
	 "instance, image, volume or address. Which object is meant must be written out,\n"
	 "not computed: instance.web, not instance[var.x].\n"},
	{DIAG_EVALUATION, "an expression without a value",
	 "The expression is well formed and cannot be carried out: values of the wrong\n"
	 "kind, an element that is not there, a division by zero. The caret points at the\n"
	 "part that fails. try(a, b) and a ?? b give another value instead.\n"},
	{DIAG_CYCLE, "references that go round",
	 "What is shown needs itself in the end, so nothing could come first. Break the\n"
	 "circle: a value that both need can become a variable or a local.\n"},
	{DIAG_CHECK, "a check fails",
	 "An entry of the stack's `checks:` is false. Its message says what was meant:\n"
	 "\n"
	 "    checks:\n"
	 "      - assert: ${length(var.brokers) > 0}\n"
	 "        message: at least one broker is needed\n"},
	{DIAG_MOVE, "a move that makes no sense",
	 "`moved:` tells that an object has a new address, so that it is kept and not made\n"
	 "anew. `to` must be in the file, `from` must not be any more, both of one kind.\n"
	 "\n"
	 "    moved:\n"
	 "      - {from: instance.web, to: instance.front}\n"},
	{DIAG_SECRET, "a secret where it may not go",
	 "A secret is named, never written down, and reaches only the env of an instance,\n"
	 "at the moment it is applied. Images, args, names, labels and outputs would keep\n"
	 "it. An output may hold one when it is marked `sensitive: true`.\n"
	 "\n"
	 "It comes from {from_env: NAME}, {from_file: PATH} or, with a provider of type gcp,\n"
	 "{secret_manager: projects/P/secrets/S/versions/N}. N is a number: what an alias such\n"
	 "as latest means can change without the file.\n"
	 "\n"
	 "    vars:\n"
	 "      password: {type: secret, default: {from_env: DB_PASSWORD}}\n"
	 "    instances:\n"
	 "      db: {env: {PASSWORD: \"${var.password}\"}}\n"},
	{DIAG_VAR_UNSET, "a variable without a value",
	 "A variable gets its value from the first of these that has one: --var NAME=VALUE,\n"
	 "the environment's MISO_VAR_NAME, --var-file FILE, the site's file, its default.\n"},
	{DIAG_VAR_VALUE, "a value that its variable refuses",
	 "The variable says what it allows: its type, min, max, one_of, or a pattern (PCRE2,\n"
	 "for the whole value). A pattern that takes too much work is refused, too.\n"},
	{DIAG_VAR_UNKNOWN, "a value for no variable",
	 "The stack declares no variable of that name under `vars:`.\n"},
	{DIAG_PROVIDER, "what a provider says",
	 "The place where the object is to live cannot do this, or something that the\n"
	 "object needs is missing there, such as a program or a library of an image.\n"},
	{DIAG_CONFLICT, "something is there already",
	 "An object of that name exists and does not carry this stack's mark; miso touches\n"
	 "only what it made. Rename yours, remove the other, or take it over with `adopt:`.\n"},
	{DIAG_PROTECTED, "a protected object would be destroyed",
	 "`protect: true` refuses every plan that destroys or replaces the object, also\n"
	 "after its block was removed from the file: the mark is on the object. Set\n"
	 "`protect: false`, apply that, and go on.\n"},
	{DIAG_PORT_CLOSED, "a port that nobody can reach",
	 "The instance says that its program listens on this port, and no firewall among\n"
	 "its tags lets anybody in. Declare one, and put its name under `tags:`; or remove\n"
	 "the port, if only the stack's own machines use it.\n"},
	{DIAG_EMPTY_PARENT, "a child that is not indented",
	 "A key without a value is followed by one that looks like its child. Indent the\n"
	 "children:\n"
	 "\n"
	 "    env:\n"
	 "    A: 1            # wrong: beside env\n"
	 "\n"
	 "    env:\n"
	 "      A: 1          # right: within env\n"},
	{DIAG_UNUSED, "a block that nothing uses",
	 "No instance boots this image, so it is not built. Remove it, or boot it.\n"},
	{DIAG_SECRET_UNSEEN, "a secret that cannot be read now",
	 "The variable of the environment or the file that holds the secret is not there.\n"
	 "The plan cannot tell whether it changed, and treats what uses it as changed;\n"
	 "apply needs it.\n"},
	{0},
};

/* clang-format on */

const struct diag_info *diag_all_info(void)
{
	return rows;
}

const struct diag_info *diag_find_info(enum diag_code code)
{
	for (const struct diag_info *i = rows; i->title; i++)
		if (i->code == code)
			return i;
	return NULL;
}

char diag_letter(enum diag_code code)
{
	const int first_warning = 900;

	return (int)code < first_warning ? 'E' : 'W';
}
