/*
 * lwipopts.h - which parts of lwIP are compiled, and how large they are.
 *
 * Memory comes from mem_alloc(), so the numbers of things are limited by
 * memory alone; what a stranger could fill is limited below.
 */
#ifndef KERNEL_NET_LWIP_LWIPOPTS_H
#define KERNEL_NET_LWIP_LWIPOPTS_H

/* One lock guards everything (stack.h), there are no lwIP threads. */
#define NO_SYS               1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN         0
#define LWIP_SOCKET          0
#define LWIP_STATS           0

#define MEM_LIBC_MALLOC            1
#define MEMP_MEM_MALLOC            1
#define MEM_ALIGNMENT              8
#define LWIP_SUPPORT_CUSTOM_PBUF   1
#define LWIP_PBUF_REF_T            u16_t
#define PBUF_POOL_FREE_OOSEQ       0
#define LWIP_NETIF_TX_SINGLE_PBUF  0
#define LWIP_NETIF_HOSTNAME        1
#define LWIP_NETIF_STATUS_CALLBACK 1

/* 127.0.0.1, and our own addresses, are a queue: see stack_unlock(). */
#define LWIP_HAVE_LOOPIF                      1
#define LWIP_NETIF_LOOPBACK                   1
#define LWIP_LOOPBACK_MAX_PBUFS               4096
#define LWIP_CHECKSUM_CTRL_PER_NETIF          1
#define LWIP_DONT_PROVIDE_BYTEORDER_FUNCTIONS 1
#define lwip_htons(x)                         __builtin_bswap16(x)
#define lwip_htonl(x)                         __builtin_bswap32(x)
#define htonl(x)                              lwip_htonl(x) /* in nd6.c */

/* --- IPv4 --- */

#define LWIP_IPV4          1
#define IP_DEFAULT_TTL     64
#define IP_REASS_MAX_PBUFS 96 /* two datagrams of 64 KiB */
#define IP_REASS_MAXAGE    15
#define MEMP_NUM_REASSDATA 16
#define ARP_TABLE_SIZE     64
#define ARP_QUEUEING       1
#define ARP_QUEUE_LEN      16
#define LWIP_RAW           1
#define SO_REUSE           1

#define LWIP_IGMP        1
#define SO_REUSE_RXTOALL 1

/* --- IPv6 --- */

#define LWIP_IPV6                      1
#define LWIP_IPV6_NUM_ADDRESSES        5 /* INTERFACE_ADDRESSES6_MAX */
#define LWIP_IPV6_DUP_DETECT_ATTEMPTS  0 /* as with DHCP, below */
#define LWIP_IPV6_DHCP6                1
#define IPV6_FRAG_COPYHEADER           1 /* pointers are of 64 bits */
#define LWIP_ND6_NUM_NEIGHBORS         64
#define LWIP_ND6_NUM_DESTINATIONS      64
#define MEMP_NUM_ND6_QUEUE             64
#define LWIP_ND6_RDNSS_MAX_DNS_SERVERS DNS_MAX_SERVERS
#define LWIP_DHCP6_MAX_DNS_SERVERS     DNS_MAX_SERVERS

/*
 * DHCP passes the name servers to dns_setserver(), which is ours; the rest of
 * lwIP's resolver is not compiled: programs bring their own.
 */
#define LWIP_DHCP                 1
#define LWIP_DNS                  1
#define DNS_MAX_SERVERS           3
#define LWIP_DHCP_MAX_DNS_SERVERS 3
#define DHCP_OPTIONS_LEN          312 /* of a message; RFC 2131, 2 */
#define DHCP_DOES_ARP_CHECK       0   /* costs seconds before the first word */

/* --- TCP --- */

#define LWIP_TCP              1
#define TCP_MSS               1460
#define LWIP_WND_SCALE        1
#define TCP_RCV_SCALE         7
#define TCP_WND               (4 * 1024 * 1024) /* at most: tcp_window.c */
#define TCP_SND_BUF           (4 * 1024 * 1024)
#define TCP_SND_QUEUELEN      6144
#define TCP_SNDLOWAT          (32 * 1024)
#define MEMP_NUM_TCP_SEG      TCP_SND_QUEUELEN /* only checked, see above */
#define LWIP_TCP_SACK_OUT     1
#define LWIP_TCP_MAX_SACK_NUM 4
#define TCP_OOSEQ_MAX_BYTES   TCP_WND
#define TCP_OOSEQ_MAX_PBUFS   512
#define TCP_LISTEN_BACKLOG    0 /* inet_tcp.c has its own */
#define LWIP_TCP_KEEPALIVE    1
#define TCP_MAXRTX            12 /* hooks.h: each has its own */
#define TCP_SYNMAXRTX         6
#define LWIP_CALLBACK_API     1

#define LWIP_NETIF_HWADDRHINT     1  /* connections remember the neighbour */
#define LWIP_TCP_PCB_NUM_EXT_ARGS 14 /* tcp_table.h */

/* All timers every 40 ms: tcp_timer.c. */
#define TCP_TMR_INTERVAL  40
#define TCP_FAST_INTERVAL TCP_TMR_INTERVAL
#define TCP_SLOW_INTERVAL TCP_TMR_INTERVAL
#define TCP_MSL           30000UL /* half a minute, so TIME_WAIT is a minute */

/* --- where we step in --- */

#define LWIP_HOOK_FILENAME "kernel/net/lwip/hooks.h"

#endif
