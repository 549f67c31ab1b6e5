/* func.c - the table of functions, and how arguments are checked. */
#include "parser/expr/func.h"

#include <stdlib.h>
#include <string.h>

#include "parser/base/json.h"
#include "parser/base/strbuf.h"
#include "parser/expr/func_impl.h"

enum { MANY = FUNC_ANY_NUMBER };

/* In the order of the alphabet: func_find() halves it. */
static const struct func table[] = {
	{"abs", "n", 1, 1, FUNC_PLAIN, func_abs, "abs(number)",
         "the number without its sign"},
	{"base64", "s", 1, 1, FUNC_PLAIN, func_base64, "base64(string)",
         "the string's bytes in base64"},
	{"base64_decode", "s", 1, 1, FUNC_PLAIN, func_base64_decode,
         "base64_decode(string)", "the text that is in base64"},
	{"bool", "p", 1, 1, FUNC_PLAIN, func_bool, "bool(value)",
         "\"true\" or \"false\" as a bool"},
	{"ceil", "n", 1, 1, FUNC_PLAIN, func_ceil, "ceil(number)",
         "the next int that is not smaller"},
	{"cidr_contains", "s", 2, 2, FUNC_PLAIN, func_cidr_contains,
         "cidr_contains(network, address)",
         "is the address, or network, within it?"},
	{"cidr_host", "si", 2, 2, FUNC_PLAIN, func_cidr_host,
         "cidr_host(network, number)",
         "an address of the network; -1 is the last"},
	{"cidr_subnet", "si", 3, 3, FUNC_PLAIN, func_cidr_subnet,
         "cidr_subnet(network, bits, number)",
         "a part of the network, with so many more bits"},
	{"coalesce", "a", 1, MANY, FUNC_COALESCE, NULL, "coalesce(value, ...)",
         "the first that is not null"},
	{"concat", "l", 0, MANY, FUNC_SHALLOW, func_concat, "concat(list, ...)",
         "the lists as one"},
	{"contains", "ca", 2, 2, FUNC_PLAIN, func_contains,
         "contains(list or string, value)", "is the value in it?"},
	{"distinct", "l", 1, 1, FUNC_PLAIN, func_distinct, "distinct(list)",
         "the list without repetitions"},
	{"element", "li", 2, 2, FUNC_SHALLOW, func_element,
         "element(list, number)", "the element, counting round and round"},
	{"endswith", "s", 2, 2, FUNC_PLAIN, func_endswith,
         "endswith(string, end)", "does the string end so?"},
	{"file", "s", 1, 1, FUNC_PLAIN, func_file, "file(path)",
         "the text of a file, seen from the stack's folder"},
	{"fileset", "s", 2, 2, FUNC_PLAIN, func_fileset,
         "fileset(folder, pattern)",
         "the files whose path below the folder matches *, ? and **"},
	{"flatten", "l", 1, 1, FUNC_SHALLOW, func_flatten, "flatten(list)",
         "lists within the list, opened up"},
	{"float", "p", 1, 1, FUNC_PLAIN, func_float, "float(value)",
         "a number or its text as a float"},
	{"floor", "n", 1, 1, FUNC_PLAIN, func_floor, "floor(number)",
         "the next int that is not larger"},
	{"format", "sa", 1, MANY, FUNC_PLAIN, func_format,
         "format(pattern, value, ...)",
         "%s is text, %d an int (%03d pads), %% a percent sign"},
	{"if", "a", 3, 3, FUNC_IF, NULL, "if(condition, then, otherwise)",
         "one of the two; the other is not looked at"},
	{"indent", "is", 2, 2, FUNC_PLAIN, func_indent,
         "indent(blanks, string)", "every line but the first, moved right"},
	{"index", "la", 2, 2, FUNC_PLAIN, func_index, "index(list, value)",
         "where the value is in the list, from 0 on, or null"},
	{"int", "p", 1, 1, FUNC_PLAIN, func_int, "int(value)",
         "digits, or a float without its fraction, as an int"},
	{"join", "sl", 2, 2, FUNC_PLAIN, func_join, "join(separator, list)",
         "the list as one string"},
	{"json_decode", "s", 1, 1, FUNC_PLAIN, func_json_decode,
         "json_decode(string)", "the value that JSON text describes"},
	{"json_encode", "a", 1, 1, FUNC_PLAIN, func_json_encode,
         "json_encode(value)", "the value as JSON, keys sorted"},
	{"keys", "m", 1, 1, FUNC_SHALLOW, func_keys, "keys(map)",
         "the map's keys, sorted"},
	{"length", "c", 1, 1, FUNC_SHALLOW, func_length,
         "length(list, map or string)", "how many elements or characters"},
	{"lookup", "msa", 3, 3, FUNC_SHALLOW, func_lookup,
         "lookup(map, key, otherwise)", "the value under the key"},
	{"lower", "s", 1, 1, FUNC_PLAIN, func_lower, "lower(string)",
         "A to Z become a to z"},
	{"max", "n", 1, MANY, FUNC_PLAIN, func_max, "max(number, ...)",
         "the largest"},
	{"merge", "m", 0, MANY, FUNC_SHALLOW, func_merge, "merge(map, ...)",
         "the maps as one; later ones win"},
	{"min", "n", 1, MANY, FUNC_PLAIN, func_min, "min(number, ...)",
         "the smallest"},
	{"range", "i", 1, 2, FUNC_PLAIN, func_range, "range([first,] end)",
         "the ints from first (or 0) up to, without, the end"},
	{"regex", "s", 2, 2, FUNC_PLAIN, func_regex, "regex(pattern, string)",
         "the first match, or its groups; null when there is none"},
	{"regex_all", "s", 2, 2, FUNC_PLAIN, func_regex_all,
         "regex_all(pattern, string)", "a list of all matches"},
	{"replace", "s", 3, 3, FUNC_PLAIN, func_replace,
         "replace(string, old, new)", "every old becomes new"},
	{"reverse", "l", 1, 1, FUNC_SHALLOW, func_reverse, "reverse(list)",
         "the list from its end"},
	{"sha256", "s", 1, 1, FUNC_PLAIN, func_sha256, "sha256(string)",
         "as 64 hex digits"},
	{"slice", "li", 2, 3, FUNC_SHALLOW, func_slice,
         "slice(list, from, [to])",
         "elements from on, up to, without, to; -1 is the last"},
	{"sort", "l", 1, 1, FUNC_PLAIN, func_sort, "sort(list)",
         "strings in byte order, or numbers from the least on"},
	{"split", "s", 2, 2, FUNC_PLAIN, func_split, "split(separator, string)",
         "the string as a list"},
	{"startswith", "s", 2, 2, FUNC_PLAIN, func_startswith,
         "startswith(string, start)", "does the string begin so?"},
	{"string", "p", 1, 1, FUNC_PLAIN, func_string, "string(value)",
         "the value as text"},
	{"substr", "si", 2, 3, FUNC_PLAIN, func_substr,
         "substr(string, start, [length])",
         "a part of it, counted in characters; -1 is the last"},
	{"template", "sm", 2, 2, FUNC_PLAIN, func_template,
         "template(path, map)", "a file in which ${x} becomes the map's x"},
	{"title", "s", 1, 1, FUNC_PLAIN, func_title, "title(string)",
         "the first letter of each word in upper case"},
	{"trim", "s", 1, 1, FUNC_PLAIN, func_trim, "trim(string)",
         "without blanks at both ends"},
	{"try", "a", 1, MANY, FUNC_TRY, NULL, "try(value, ...)",
         "the first that is no error"},
	{"upper", "s", 1, 1, FUNC_PLAIN, func_upper, "upper(string)",
         "a to z become A to Z"},
	{"uuid5", "s", 2, 2, FUNC_PLAIN, func_uuid5, "uuid5(namespace, name)",
         "a UUID made from both; dns, url, oid, x500 or a UUID"},
	{"values", "m", 1, 1, FUNC_SHALLOW, func_values, "values(map)",
         "the map's values, in the order of its keys"},
	{"zip", "l", 1, MANY, FUNC_SHALLOW, func_zip, "zip(list, ...)",
         "a list of lists: the first elements, the second ones, ..."},
	{0},
};

static int by_name(const void *name, const void *row)
{
	return strcmp(name, ((const struct func *)row)->name);
}

const struct func *func_find(const char *name)
{
	return bsearch(name, table, ARRAY_LEN(table) - 1, sizeof(table[0]),
	               by_name);
}

const struct func *func_all(void)
{
	return table;
}

static unsigned bit(enum value_type t)
{
	return 1U << t;
}

bool func_fits(char type, const struct value *v, const char **says)
{
	static const struct {
		char letter;
		unsigned types;
		const char *says;
	} rows[] = {
		{'s', 1U << VALUE_STRING, "a string"},
		{'i', 1U << VALUE_INT, "an int"},
		{'n', 1U << VALUE_INT | 1U << VALUE_FLOAT, "a number"},
		{'l', 1U << VALUE_LIST, "a list"},
		{'m', 1U << VALUE_MAP, "a map"},
		{'c', 1U << VALUE_LIST | 1U << VALUE_MAP | 1U << VALUE_STRING,
	         "a list, map or string"},
		{'p',
	         1U << VALUE_STRING | 1U << VALUE_INT | 1U << VALUE_FLOAT |
	                 1U << VALUE_BOOL,
	         "a string, number or bool"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].letter != type)
			continue;
		*says = rows[i].says;
		return rows[i].types & bit(v->type);
	}
	return true;
}

const struct value *func_text(struct arena *mem, const struct value *v)
{
	struct strbuf b = {0};
	const struct value *text;

	if (v->type == VALUE_STRING)
		return v;
	if (v->type == VALUE_BOOL)
		strbuf_add(&b, v->boolean ? "true" : "false");
	else if (v->type == VALUE_INT)
		strbuf_printf(&b, "%lld", (long long)v->integer);
	else if (v->type == VALUE_FLOAT)
		json_add_number(&b, v->number);
	else
		return NULL;
	text = value_stringn(mem, b.s, b.len);
	strbuf_fini(&b);
	return v->tainted ? value_tainted(mem, text) : text;
}
