/*
 * disk.h - ext4 as it lies on the disk (Linux, Documentation/filesystems/ext4,
 * "Data Structures and Algorithms"). All numbers are little-endian, as are all
 * machines this kernel runs on.
 */
#ifndef KERNEL_FS_EXT4_DISK_H
#define KERNEL_FS_EXT4_DISK_H

#include <stdint.h>

#include "kernel/lib/attr.h"

enum {
	EXT4_SUPER_OFFSET = 1024, /* bytes from the start of the disk */
	EXT4_MAGIC = 0xEF53,
	EXT4_ROOT_INO = 2,
	EXT4_JOURNAL_INO = 8,
	EXT4_OLD_INODE_SIZE = 128,
	EXT4_OLD_DESC_SIZE = 32,
	EXT4_OLD_FIRST_INO = 11,
	EXT4_LINK_MAX = 65000,
	EXT4_FAST_LINK_MAX = 60, /* bytes of i_block: symlinks shorter */
};

/* s_state */
enum { EXT4_STATE_CLEAN = 1, EXT4_STATE_ERROR = 2, EXT4_STATE_ORPHANS = 4 };

/* s_checksum_type */
enum { EXT4_CSUM_CRC32C = 1 };

enum {
	EXT4_COMPAT_HAS_JOURNAL = 0x4,
	EXT4_COMPAT_DIR_INDEX = 0x20,
	EXT4_COMPAT_SPARSE_SUPER2 = 0x200,

	EXT4_RO_SPARSE_SUPER = 0x1,
	EXT4_RO_LARGE_FILE = 0x2,
	EXT4_RO_HUGE_FILE = 0x8,
	EXT4_RO_GDT_CSUM = 0x10,
	EXT4_RO_DIR_NLINK = 0x20,
	EXT4_RO_EXTRA_ISIZE = 0x40,
	EXT4_RO_METADATA_CSUM = 0x400,

	EXT4_IN_FILETYPE = 0x2,
	EXT4_IN_RECOVER = 0x4,
	EXT4_IN_EXTENTS = 0x40,
	EXT4_IN_64BIT = 0x80,
	EXT4_IN_FLEX_BG = 0x200,
	EXT4_IN_CSUM_SEED = 0x2000,
};

struct ext4_super {
	uint32_t inodes_count;
	uint32_t blocks_count_lo;
	uint32_t r_blocks_count_lo;
	uint32_t free_blocks_count_lo;
	uint32_t free_inodes_count;
	uint32_t first_data_block;
	uint32_t log_block_size;
	uint32_t log_cluster_size;
	uint32_t blocks_per_group;
	uint32_t clusters_per_group;
	uint32_t inodes_per_group;
	uint32_t mtime;
	uint32_t wtime;
	uint16_t mnt_count;
	uint16_t max_mnt_count;
	uint16_t magic;
	uint16_t state;
	uint16_t errors;
	uint16_t minor_rev_level;
	uint32_t lastcheck;
	uint32_t checkinterval;
	uint32_t creator_os;
	uint32_t rev_level;
	uint16_t def_resuid;
	uint16_t def_resgid;
	uint32_t first_ino;
	uint16_t inode_size;
	uint16_t block_group_nr;
	uint32_t feature_compat;
	uint32_t feature_incompat;
	uint32_t feature_ro_compat;
	uint8_t uuid[16];
	char volume_name[16];
	char last_mounted[64];
	uint32_t algorithm_usage_bitmap;
	uint8_t prealloc_blocks;
	uint8_t prealloc_dir_blocks;
	uint16_t reserved_gdt_blocks;
	uint8_t journal_uuid[16];
	uint32_t journal_inum;
	uint32_t journal_dev;
	uint32_t last_orphan;
	uint32_t hash_seed[4];
	uint8_t def_hash_version;
	uint8_t jnl_backup_type;
	uint16_t desc_size;
	uint32_t default_mount_opts;
	uint32_t first_meta_bg;
	uint32_t mkfs_time;
	uint32_t jnl_blocks[17];
	uint32_t blocks_count_hi;
	uint32_t r_blocks_count_hi;
	uint32_t free_blocks_count_hi;
	uint16_t min_extra_isize;
	uint16_t want_extra_isize;
	uint32_t flags;
	uint16_t raid_stride;
	uint16_t mmp_interval;
	uint64_t mmp_block;
	uint32_t raid_stripe_width;
	uint8_t log_groups_per_flex;
	uint8_t checksum_type;
	uint16_t reserved_pad;
	uint64_t kbytes_written;
	uint32_t snapshot_inum;
	uint32_t snapshot_id;
	uint64_t snapshot_r_blocks_count;
	uint32_t snapshot_list;
	uint32_t error_count;
	uint32_t first_error_time;
	uint32_t first_error_ino;
	uint64_t first_error_block;
	uint8_t first_error_func[32];
	uint32_t first_error_line;
	uint32_t last_error_time;
	uint32_t last_error_ino;
	uint32_t last_error_line;
	uint64_t last_error_block;
	uint8_t last_error_func[32];
	uint8_t mount_opts[64];
	uint32_t usr_quota_inum;
	uint32_t grp_quota_inum;
	uint32_t overhead_blocks;
	uint32_t backup_bgs[2];
	uint8_t encrypt_algos[4];
	uint8_t encrypt_pw_salt[16];
	uint32_t lpf_ino;
	uint32_t prj_quota_inum;
	uint32_t checksum_seed;
	uint8_t times_hi[8];
	uint32_t reserved[96];
	uint32_t checksum; /* of all before it */
};
static_assert(sizeof(struct ext4_super) == 1024, "ext4 super block");

/* Flags of a group. */
enum {
	EXT4_BG_INODE_UNINIT = 1, /* no inode is used; no bitmap on the disk */
	EXT4_BG_BLOCK_UNINIT = 2, /* no bitmap of blocks on the disk */
	EXT4_BG_INODE_ZEROED = 4,
};

/* Without the 64bit feature only the first 32 bytes are there. */
struct ext4_desc {
	uint32_t block_bitmap_lo;
	uint32_t inode_bitmap_lo;
	uint32_t inode_table_lo;
	uint16_t free_blocks_lo;
	uint16_t free_inodes_lo;
	uint16_t used_dirs_lo;
	uint16_t flags;
	uint32_t exclude_bitmap_lo;
	uint16_t block_bitmap_csum_lo;
	uint16_t inode_bitmap_csum_lo;
	uint16_t itable_unused_lo;
	uint16_t checksum;
	uint32_t block_bitmap_hi;
	uint32_t inode_bitmap_hi;
	uint32_t inode_table_hi;
	uint16_t free_blocks_hi;
	uint16_t free_inodes_hi;
	uint16_t used_dirs_hi;
	uint16_t itable_unused_hi;
	uint32_t exclude_bitmap_hi;
	uint16_t block_bitmap_csum_hi;
	uint16_t inode_bitmap_csum_hi;
	uint32_t reserved;
};
static_assert(sizeof(struct ext4_desc) == 64, "ext4 group descriptor");

/* Flags of an inode. */
enum {
	EXT4_FL_INDEX = 0x1000,
	EXT4_FL_HUGE_FILE = 0x40000, /* blocks counts blocks, not sectors */
	EXT4_FL_EXTENTS = 0x80000,
	EXT4_FL_INLINE_DATA = 0x10000000,
	EXT4_FL_IMMUTABLE = 0x10,
	EXT4_FL_APPEND = 0x20,
	/* Which a new inode takes over from its folder. */
	EXT4_FL_INHERITED = 0x40 | 0x80, /* no dump, no atime */
};

struct ext4_disk_inode {
	uint16_t mode;
	uint16_t uid_lo;
	uint32_t size_lo;
	uint32_t atime;
	uint32_t ctime;
	uint32_t mtime;
	uint32_t dtime;
	uint16_t gid_lo;
	uint16_t links_count;
	uint32_t blocks_lo;
	uint32_t flags;
	uint32_t version;
	uint32_t block[15];
	uint32_t generation;
	uint32_t file_acl_lo;
	uint32_t size_hi;
	uint32_t obso_faddr;
	uint16_t blocks_hi;
	uint16_t file_acl_hi;
	uint16_t uid_hi;
	uint16_t gid_hi;
	uint16_t checksum_lo;
	uint16_t reserved;
	/* Only in inodes larger than 128 bytes, as far as extra_isize says. */
	uint16_t extra_isize;
	uint16_t checksum_hi;
	uint32_t ctime_extra;
	uint32_t mtime_extra;
	uint32_t atime_extra;
	uint32_t crtime;
	uint32_t crtime_extra;
	uint32_t version_hi;
	uint32_t projid;
};
static_assert(sizeof(struct ext4_disk_inode) == 160, "ext4 inode");

enum {
	EXT4_EXTENT_MAGIC = 0xF30A,
	EXT4_EXTENT_DEPTH_MAX = 5,
	EXT4_EXTENT_LEN_MAX = 32768, /* above: not yet written, len - this */
	EXT4_ROOT_ENTRIES = 4,
};

struct ext4_extent_header {
	uint16_t magic;
	uint16_t entries;
	uint16_t max;
	uint16_t depth; /* 0: the entries are extents, else indexes */
	uint32_t generation;
};

struct ext4_extent {
	uint32_t block; /* first block of the file */
	uint16_t len;
	uint16_t start_hi;
	uint32_t start_lo;
};

struct ext4_index {
	uint32_t block;
	uint32_t leaf_lo;
	uint16_t leaf_hi;
	uint16_t unused;
};
static_assert(sizeof(struct ext4_extent_header) == 12, "ext4 extent header");
static_assert(sizeof(struct ext4_extent) == 12, "ext4 extent");
static_assert(sizeof(struct ext4_index) == 12, "ext4 extent index");

/* Entries never cross a block; the name follows. */
struct ext4_dirent {
	uint32_t inode; /* 0: free */
	uint16_t rec_len;
	uint8_t name_len;
	uint8_t file_type;
};
static_assert(sizeof(struct ext4_dirent) == 8, "ext4 directory entry");

enum { EXT4_DIR_TAIL_TYPE = 0xDE };

/* The end of a block of entries, with metadata_csum. */
struct ext4_dir_tail {
	uint32_t zero1;
	uint16_t rec_len; /* 12 */
	uint8_t zero2;
	uint8_t type;
	uint32_t checksum;
};
static_assert(sizeof(struct ext4_dir_tail) == 12, "ext4 directory tail");

/* feature_compat: some inode has attributes. */
enum { EXT4_COMPAT_EXT_ATTR = 0x8 };

#define EXT4_XATTR_MAGIC UINT32_C(0xEA020000) /* no int: no enum */

struct ext4_xattr_header {
	uint32_t magic;
	uint32_t refcount;
	uint32_t blocks;
	uint32_t hash;
	uint32_t checksum;
	uint32_t reserved[3];
};
static_assert(sizeof(struct ext4_xattr_header) == 32, "ext4 xattr header");

#endif
