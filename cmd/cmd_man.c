/*
 * cmd_man.c - the manual pages, made from the tables that everything else uses:
 * miso(1) from the commands and options, miso.yaml(5) from the schema. Written
 * in man(7), which every formatter knows.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/options.h"
#include "parser/schema/schema.h"

/* Text in a line: what roff would take for its own is escaped. */
static void text(const char *s)
{
	if (*s == '.' || *s == '\'')
		fputs("\\&", stdout);
	for (; *s; s++) {
		if (*s == '\\')
			fputs("\\e", stdout);
		else if (*s == '-')
			fputs("\\-", stdout);
		else
			putchar(*s);
	}
}

static void line(const char *s)
{
	text(s);
	putchar('\n');
}

static void header(const char *name, const char *title, const char *section,
                   const char *what)
{
	printf(".TH %s %s %s \"miso %s\"\n", title, section, MISO_DATE,
	       MISO_VERSION);
	printf(".SH NAME\n");
	text(name);
	printf(" \\- ");
	line(what);
}

/* --- miso(1) -------------------------------------------------------------- */

static void print_option(const struct option_info *o)
{
	printf(".TP\n.B ");
	if (o->letter) {
		printf("\\-%c, ", o->letter);
	}
	text(o->name);
	if (o->value) {
		putchar(' ');
		text(o->value);
	}
	putchar('\n');
	line(o->help);
}

static void print_command(const struct command *c)
{
	struct option_info o;

	printf(".SS miso ");
	text(c->name);
	printf(" [OPTION...]");
	if (c->operands) {
		putchar(' ');
		text(c->operands);
	}
	putchar('\n');
	line(c->summary);
	for (size_t at = 0; options_next(c, &at, &o);)
		if (!o.everywhere)
			print_option(&o);
}

static void print_common(void)
{
	struct option_info o;

	puts(".SH OPTIONS\nEvery command has these.");
	for (size_t at = 0; options_next(commands[0], &at, &o);)
		if (o.everywhere)
			print_option(&o);
}

static void print_miso(void)
{
	header("miso", "MISO", "1",
	       "ordinary programs as small machines, from one file");
	puts(".SH SYNOPSIS\n.B miso\n.I COMMAND\n[OPTION...] [OPERAND...]");
	puts(".SH DESCRIPTION");
	line("miso takes one YAML file that says which programs run where, and "
	     "makes it so. Each program becomes a virtual machine that holds "
	     "that program, its libraries, its files and a small kernel, and "
	     "nothing else.");
	puts(".PP");
	line("There is no state file: what exists carries its owner, and is "
	     "asked each time.");
	print_common();
	puts(".SH COMMANDS");
	for (size_t i = 0; commands[i]; i++)
		print_command(commands[i]);
	puts(".SH EXIT STATUS");
	line("0, or 1 after any error. plan --detailed-exitcode: 2 when "
	     "there is something to do. miso run: that of the program.");
	line("apply, destroy and rollback that get a SIGINT or SIGTERM finish "
	     "what is in flight, begin nothing new, give the lease back and "
	     "exit with 1 if anything was not tried. A second signal ends "
	     "them at once, with 128 and its number; the next apply goes on "
	     "from there. 3: there was no memory.");
	puts(".SH ENVIRONMENT\n.TP\n.B MISO_HOME");
	line("where images, machines and records are kept; default "
	     "~/.local/share/miso");
	puts(".TP\n.B MISO_VAR_x");
	line("the value of the stack's variable x");
	puts(".TP\n.B MISO_ACCEL");
	line("kvm, tcg or auto");
	puts(".SH FILES\n.TP\n.B miso.yaml\nthe stack: see\n"
	     ".BR miso.yaml (5).\n.TP\n.B sites/NAME.yaml");
	line("what differs at a site");
	puts(".TP\n.B miso.lock");
	line("which Debian packages its images are made of: see miso lock");
	puts(".TP\n.B tests/*.yaml");
	line("tests of the stack, for miso test");
	puts(".SH SEE ALSO\n.BR miso.yaml (5)");
}

/* --- miso.yaml(5) --------------------------------------------------------- */

static const struct section {
	const struct schema_kind *kind;
	const char *title, *where;
} sections[] = {
	{&schema_stack, "THE STACK", "The file as a whole."},
	{&schema_var, "VARIABLES", "Each entry of vars."},
	{&schema_provider, "PROVIDERS", "Each entry of providers."},
	{&schema_image, "IMAGES",
         "Each entry of images. A program that converts text by iconv(3) also "
         "needs what glibc has for that, "
         "/usr/lib/x86_64-linux-gnu/gconv, among its files."},
	{&schema_instance, "INSTANCES", "Each entry of instances."},
	{&schema_firewall, "FIREWALLS", "Each entry of firewalls."},
	{&schema_volume, "VOLUMES", "Each entry of volumes."},
	{&schema_address, "ADDRESSES", "Each entry of addresses."},
	{&schema_output, "OUTPUTS", "Each entry of outputs, if it is a map."},
	{&schema_check, "CHECKS", "Each entry of checks."},
	{&schema_move, "MOVES", "Each entry of moved."},
	{&schema_site, "SITES", "A file sites/NAME.yaml."},
};

static void print_limits(const struct schema_attr *a)
{
	if (a->flags & SCHEMA_REQUIRED)
		printf(" It must be there.");
	if (a->initial) {
		printf(" Default: ");
		text(a->initial);
		putchar('.');
	}
	for (size_t i = 0; a->one_of && a->one_of[i]; i++) {
		printf(i ? ", " : " One of: ");
		text(a->one_of[i]);
		if (!a->one_of[i + 1])
			putchar('.');
	}
	if (a->flags & SCHEMA_NOT_WIRED)
		printf(" Not supported yet.");
}

static void print_attr(const struct schema_attr *a)
{
	printf(".TP\n.B ");
	line(a->name);
	if (a->help) {
		text(a->help);
		putchar('.');
		putchar(' ');
	}
	printf("It is ");
	text(schema_says(a));
	if (a->flags & SCHEMA_ONE)
		printf(", or a list of such");
	putchar('.');
	print_limits(a);
	putchar('\n');
	if (a->type != SCHEMA_OBJECT || !a->kind)
		return;
	puts(".RS");
	for (const struct schema_attr *b = a->kind->attrs; b->name; b++)
		print_attr(b);
	puts(".RE");
}

static void print_yaml(void)
{
	header("miso.yaml", "MISO.YAML", "5", "what miso runs where");
	puts(".SH DESCRIPTION");
	line("UTF-8, one YAML document. A scalar may hold expressions: "
	     "${var.zone}, ${instance.broker.ip}; $${ is a literal ${. miso "
	     "functions lists the functions, miso explain tells about one "
	     "attribute or one mistake.");
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		printf(".SH %s\n", sections[i].title);
		line(sections[i].where);
		for (const struct schema_attr *a = sections[i].kind->attrs;
		     a->name; a++)
			print_attr(a);
	}
	puts(".SH SEE ALSO\n.BR miso (1)");
}

static struct err *run(struct invocation *in)
{
	const char *page = in->argc ? in->argv[0] : "miso";

	if (!strcmp(page, "miso"))
		print_miso();
	else if (!strcmp(page, "miso.yaml"))
		print_yaml();
	else
		return err_new(ERR_USAGE, NO_POS,
		               "there are the pages miso and miso.yaml, not "
		               "\"%s\"",
		               page);
	return NULL;
}

const struct command man_command = {
	.name = "man",
	.operands = "[miso|miso.yaml]",
	.summary = "print a manual page, for man -l -",
	.max_operands = 1,
	.run = run,
};
