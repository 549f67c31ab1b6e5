/* config.c - boot lines to interfaces, and the files about them. */
#include "kernel/net/config.h"

#include "kernel/core/clock.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/net/address.h"
#include "kernel/net/filter.h"
#include "kernel/net/inet_tcp.h"
#include "kernel/net/interface.h"
#include "kernel/net/stack.h"
#include "kernel/net/syslog.h"
#include "kernel/sched/thread.h"
#include "kernel/sched/wait.h"

enum {
	LINES_MAX = 8,
	HOSTS_FIRST = 256,
	HOSTS_MAX = 64 * 1024,
	HOSTNAME_MAX = 64,
	DRAIN_STEP_MS = 2,
};

struct line {
	bool any; /* "*" */
	uint8_t mac[6];
	struct interface_config config;
};

/*
 * Written before net_up() by one thread, constant after, but for what says
 * otherwise.
 */
static struct {
	struct line lines[LINES_MAX];
	unsigned nr_lines;
	char hostname[HOSTNAME_MAX + 1];

	char *hosts; /* text of the host lines; NULL: none */
	size_t hosts_len, hosts_size;

	void (*changed)(void);
	struct waitq news; /* woken when an address came or went */
	bool is_news;      /* atomic: `changed` has not been told */
} config = {.hostname = "miso", .news = WAITQ_INIT(config.news)};

/* --- net --- */

static bool parse_dns(const char **s, struct interface_config *c)
{
	if (c->nr_dns == INTERFACE_DNS_MAX)
		return false;
	return address_read(s, &c->dns[c->nr_dns++]);
}

static bool skip_word(const char **s, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*s, word, n) != 0)
		return false;
	*s += n;
	return true;
}

static bool parse_static(const char *s, struct interface_config *c)
{
	if (!address_read_cidr(&s, &c->address, &c->prefix) || !c->address)
		return false;
	if (skip_word(&s, " via ") && !address_read(&s, &c->gateway))
		return false;
	while (skip_word(&s, " dns "))
		if (!parse_dns(&s, c))
			return false;
	return !*s;
}

/* IPv6's: its addresses are written with colons. */
static bool parse_static6(const char *s, struct interface_config6 *c)
{
	*c = (struct interface_config6){.on = true};
	if (!address6_read_cidr(&s, &c->address, &c->prefix) ||
	    address6_is_mapped(c->address) || c->address.high >> 56 == 0xff ||
	    !(c->address.high | c->address.low))
		return false;
	if (skip_word(&s, " via ") && !address6_read(&s, &c->gateway))
		return false;
	while (skip_word(&s, " dns "))
		if (c->nr_dns == INTERFACE_DNS_MAX ||
		    !address6_read(&s, &c->dns[c->nr_dns++]))
			return false;
	return !*s;
}

static bool parse_line(const char *s, struct line *out)
{
	*out = (struct line){.any = *s == '*'};
	if (out->any)
		s++;
	else if (!address_read_mac(&s, out->mac))
		return false;
	if (*s++ != ' ')
		return false;
	out->config.dhcp = strcmp(s, "dhcp") == 0;
	if (out->config.dhcp || parse_static(s, &out->config))
		return true;
	out->config = (struct interface_config){.dhcp = false};
	return parse_static6(s, &out->config.six);
}

static bool has_four(const struct interface_config *c)
{
	return c->dhcp || c->address;
}

/* One line for each version of IP may name a device. */
static bool join_lines(struct line *to, const struct line *l)
{
	struct interface_config6 six = to->config.six;

	if (to->any != l->any || memcmp(to->mac, l->mac, sizeof(l->mac)) != 0)
		return false;
	if (l->config.six.on && !six.on) {
		to->config.six = l->config.six;
		return true;
	}
	if (!has_four(&l->config) || has_four(&to->config))
		return false;
	to->config = l->config;
	to->config.six = six;
	return true;
}

int net_add_line(const char *value)
{
	struct line line;

	if (!parse_line(value, &line))
		return -EINVAL;
	for (unsigned i = 0; i < config.nr_lines; i++)
		if (join_lines(&config.lines[i], &line))
			return 0;
	if (config.nr_lines == LINES_MAX)
		return -ENOSPC;
	config.lines[config.nr_lines++] = line;
	return 0;
}

/* The line that names the device, else a "*" line, else DHCP if no line is. */
static const struct interface_config *config_of(const uint8_t mac[6])
{
	static const struct interface_config by_dhcp = {.dhcp = true};
	const struct interface_config *any = NULL;

	for (unsigned i = 0; i < config.nr_lines; i++) {
		const struct line *l = &config.lines[i];

		if (l->any)
			any = &l->config;
		else if (memcmp(l->mac, mac, sizeof(l->mac)) == 0)
			return &l->config;
	}
	return config.nr_lines ? any : &by_dhcp;
}

/* --- allow, host, hostname, log --- */

int net_add_allow(const char *value)
{
	int rc;

	stack_lock();
	rc = filter_add(value);
	stack_unlock();
	return rc;
}

int net_allow_all(void)
{
	static const char *const all[] = {
		"tcp/0-65535 0.0.0.0/0", "udp/0-65535 0.0.0.0/0",
		"icmp 0.0.0.0/0",        "tcp/0-65535 ::/0",
		"udp/0-65535 ::/0",      "icmp ::/0",
	};
	int rc = 0;

	for (unsigned i = 0; i < ARRAY_LEN(all) && !rc; i++)
		rc = net_add_allow(all[i]);
	return rc;
}

static int grow_hosts(size_t wanted)
{
	size_t size = config.hosts_size ? config.hosts_size : HOSTS_FIRST;
	char *bigger;

	if (wanted > HOSTS_MAX)
		return -ENOSPC;
	while (size < wanted)
		size *= 2;
	if (size == config.hosts_size)
		return 0;
	bigger = mem_alloc(size);
	if (!bigger)
		return -ENOMEM;
	if (config.hosts_len)
		memcpy(bigger, config.hosts, config.hosts_len);
	mem_free(config.hosts);
	config.hosts = bigger;
	config.hosts_size = size;
	return 0;
}

static bool is_host_line(const char *value)
{
	if (!strchr(value, ' '))
		return false;
	for (; *value; value++)
		if ((unsigned char)*value < ' ' || *value == '#')
			return false;
	return true;
}

int net_add_host(const char *value)
{
	size_t len = strlen(value);
	int rc;

	if (!is_host_line(value))
		return -EINVAL;
	rc = grow_hosts(config.hosts_len + len + 1);
	if (rc)
		return rc;
	memcpy(config.hosts + config.hosts_len, value, len);
	config.hosts_len += len;
	config.hosts[config.hosts_len++] = '\n';
	return 0;
}

void net_set_hostname(const char *name)
{
	size_t n = 0;

	while (n < HOSTNAME_MAX && (unsigned char)name[n] > ' ' &&
	       name[n] != '#')
		n++;
	memcpy(config.hostname, name, n);
	config.hostname[n] = '\0';
}

const char *net_hostname(void)
{
	return config.hostname;
}

int net_add_log(const char *value)
{
	return syslog_add(value);
}

void net_set_changed(void (*changed)(void))
{
	config.changed = changed;
}

/* --- going up and down --- */

/* Called by the stack, its lock held: let somebody else do the work. */
static void addresses_changed(void)
{
	__atomic_store_n(&config.is_news, true, __ATOMIC_RELEASE);
	waitq_wake(&config.news, ~0u);
}

static bool take_news(void)
{
	return __atomic_exchange_n(&config.is_news, false, __ATOMIC_ACQUIRE);
}

static void tell(void *arg UNUSED)
{
	struct wait w;

	wait_begin(&w, &config.news);
	for (;;) {
		while (!take_news())
			(void)!wait_sleep_hard(&w, NO_DEADLINE);
		config.changed();
	}
}

int net_up(void)
{
	int rc = stack_start();

	/* Before the interfaces: what they say is to be shipped, too. */
	if (!rc)
		rc = syslog_start(config.hostname);
	if (!rc)
		rc = interface_start_all(config_of, config.hostname,
		                         addresses_changed);
	if (!rc && config.changed)
		rc = thread_start("net-news", tell, NULL);
	return rc;
}

int net_start_log(void)
{
	return syslog_start(config.hostname);
}

static bool is_configured(void)
{
	bool yes;

	stack_lock();
	yes = interface_configured_locked();
	stack_unlock();
	return yes;
}

bool net_wait_configured(void)
{
	uint64_t deadline = clock_monotonic() + NS_PER_SEC;
	struct wait w;
	int rc = 0;

	wait_begin(&w, &config.news);
	while (!is_configured() && !rc)
		rc = wait_sleep_hard(&w, deadline);
	wait_end(&w);
	return !rc || is_configured();
}

void net_drain(uint64_t timeout_ns)
{
	uint64_t deadline = clock_monotonic() + timeout_ns;
	bool quiet = false;

	for (;;) {
		stack_lock();
		stack_poll_locked();
		quiet = tcp_socket_quiet_locked();
		stack_unlock();
		if (quiet || clock_monotonic() >= deadline)
			return;
		thread_sleep_until(clock_monotonic() +
		                   DRAIN_STEP_MS * NS_PER_MS);
	}
}

/* --- texts --- */

static size_t clip(size_t len, size_t size)
{
	return len < size ? len : size ? size - 1 : 0;
}

static void print_server(char out[ADDRESS6_TEXT_MAX], struct address6 a)
{
	if (address6_is_mapped(a))
		address_print(out, (uint32_t)a.low);
	else
		address6_print(out, a);
}

size_t net_resolv_conf(char *out, size_t size)
{
	struct address6 servers[2 * INTERFACE_DNS_MAX];
	char domain[INTERFACE_DOMAIN_MAX], address[ADDRESS6_TEXT_MAX];
	unsigned nr;
	size_t n = 0;

	stack_lock();
	nr = interface_dns_locked(servers, ARRAY_LEN(servers));
	str_copy(domain, interface_domain_locked(), sizeof(domain));
	stack_unlock();
	if (*domain)
		n = clip(str_printf(out, size, "search %s\n", domain), size);
	for (unsigned i = 0; i < nr; i++) {
		print_server(address, servers[i]);
		n += clip(str_printf(out + n, size - n, "nameserver %s\n",
		                     address),
		          size - n);
	}
	return n;
}

size_t net_hosts(char *out, size_t size)
{
	return clip(str_printf(out, size,
	                       "127.0.0.1 localhost %s\n"
	                       "::1 localhost ip6-localhost\n%.*s",
	                       config.hostname, (int)config.hosts_len,
	                       config.hosts ? config.hosts : ""),
	            size);
}

size_t net_filter_stats(char *out, size_t size)
{
	size_t n;

	stack_lock();
	n = filter_stats(out, size);
	stack_unlock();
	return n;
}
