/* printf.c - formatted text; see str_printf() in string.h. */
#include "kernel/lib/string.h"

struct out {
	char *to;
	size_t size, len; /* len: of the whole text, also what did not fit */
};

struct spec {
	bool left, zero, plus, space, alt, upper;
	unsigned width;
	unsigned precision; /* NO_PRECISION: not given */
	unsigned long_bits; /* of the integer: 8, 16, 32, 64 */
};

static const unsigned NO_PRECISION = ~0u;

enum { MAX_DIGITS = 24 };

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->to[o->len] = c;
	o->len++;
}

static void fill(struct out *o, char c, size_t n)
{
	while (n--)
		put(o, c);
}

static void put_text(struct out *o, const struct spec *s, const char *text)
{
	size_t len = strnlen(text, s->precision);
	size_t pad = s->width > len ? s->width - len : 0;

	if (!s->left)
		fill(o, ' ', pad);
	for (size_t i = 0; i < len; i++)
		put(o, text[i]);
	if (s->left)
		fill(o, ' ', pad);
}

static void put_number(struct out *o, const struct spec *s, uint64_t n,
                       unsigned base, const char *sign)
{
	const char *digits = s->upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[MAX_DIGITS];
	size_t len = 0, signs = strlen(sign), zeros = 0, pad = 0;

	do {
		text[len++] = digits[n % base];
		n /= base;
	} while (n);
	if (s->precision != NO_PRECISION && s->precision > len)
		zeros = s->precision - len;
	if (s->width > len + zeros + signs)
		pad = s->width - len - zeros - signs;
	if (s->zero && !s->left && s->precision == NO_PRECISION) {
		zeros += pad;
		pad = 0;
	}
	if (!s->left)
		fill(o, ' ', pad);
	while (*sign)
		put(o, *sign++);
	fill(o, '0', zeros);
	while (len)
		put(o, text[--len]);
	if (s->left)
		fill(o, ' ', pad);
}

static const char *parse_flags(const char *f, struct spec *s)
{
	for (;; f++) {
		if (*f == '-')
			s->left = true;
		else if (*f == '0')
			s->zero = true;
		else if (*f == '+')
			s->plus = true;
		else if (*f == ' ')
			s->space = true;
		else if (*f == '#')
			s->alt = true;
		else
			return f;
	}
}

static const char *parse_count(const char *f, va_list *ap, unsigned *out)
{
	*out = 0;
	if (*f == '*') {
		int n = va_arg(*ap, int);

		*out = n < 0 ? 0 : (unsigned)n;
		return f + 1;
	}
	for (; *f >= '0' && *f <= '9'; f++)
		*out = *out * 10 + (unsigned)(*f - '0');
	return f;
}

static const char *parse_length(const char *f, struct spec *s)
{
	s->long_bits = 32;
	if (*f == 'h') {
		s->long_bits = f[1] == 'h' ? 8 : 16;
		return f + (f[1] == 'h' ? 2 : 1);
	}
	if (*f == 'l' || *f == 'z' || *f == 't' || *f == 'j') {
		s->long_bits = 64;
		return f + (*f == 'l' && f[1] == 'l' ? 2 : 1);
	}
	return f;
}

static void put_signed(struct out *o, const struct spec *s, int64_t n)
{
	const char *sign = s->plus ? "+" : s->space ? " " : "";

	if (s->long_bits == 8)
		n = (signed char)n;
	else if (s->long_bits == 16)
		n = (short)n;
	put_number(o, s, n < 0 ? -(uint64_t)n : (uint64_t)n, 10,
	           n < 0 ? "-" : sign);
}

static void put_unsigned(struct out *o, struct spec *s, uint64_t n, char how)
{
	unsigned base = how == 'u' ? 10 : how == 'o' ? 8 : 16;

	if (s->long_bits < 32)
		n &= (1u << s->long_bits) - 1;
	s->upper = how == 'X';
	put_number(o, s, n, base, s->alt && base == 16 && n ? "0x" : "");
}

/* One conversion; `f` is behind the '%'. Returns what follows it. */
static const char *convert(struct out *o, const char *f, va_list *ap)
{
	struct spec s = {.precision = NO_PRECISION};
	char c[2] = {0};

	f = parse_count(parse_flags(f, &s), ap, &s.width);
	if (*f == '.')
		f = parse_count(f + 1, ap, &s.precision);
	f = parse_length(f, &s);
	switch (*f) {
	case 'd':
	case 'i':
		put_signed(o, &s,
		           s.long_bits == 64 ? va_arg(*ap, int64_t)
		                             : va_arg(*ap, int));
		break;
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		put_unsigned(o, &s,
		             s.long_bits == 64 ? va_arg(*ap, uint64_t)
		                               : va_arg(*ap, unsigned),
		             *f);
		break;
	case 'p':
		put_number(o, &s, (uintptr_t)va_arg(*ap, void *), 16, "0x");
		break;
	case 's': {
		const char *text = va_arg(*ap, const char *);

		put_text(o, &s, text ? text : "(null)");
		break;
	}
	case 'c':
		c[0] = (char)va_arg(*ap, int);
		put_text(o, &s, c);
		break;
	case '%':
		put(o, '%');
		break;
	case '\0':
		return f;
	default: /* show what we do not know */
		put(o, '%');
		put(o, *f);
		break;
	}
	return f + 1;
}

size_t str_vprintf(char *out, size_t size, const char *fmt, va_list ap)
{
	struct out o = {.to = out, .size = size};
	va_list args;

	va_copy(args, ap);
	while (*fmt) {
		if (*fmt == '%')
			fmt = convert(&o, fmt + 1, &args);
		else
			put(&o, *fmt++);
	}
	va_end(args);
	if (size)
		out[o.len < size ? o.len : size - 1] = '\0';
	return o.len;
}

size_t str_printf(char *out, size_t size, const char *fmt, ...)
{
	size_t len;
	va_list ap;

	va_start(ap, fmt);
	len = str_vprintf(out, size, fmt, ap);
	va_end(ap);
	return len;
}
