/*
 * proc.c - see proc.h. The engine; the rows of this layer are proc_rows.c.
 *
 * Rows hang in a tree of nodes by name. An inode is a node and a key; it is
 * made when it is looked up and goes when nobody uses it, for the file system
 * is `dynamic`: no name is kept.
 */
#include "kernel/fs/proc.h"

#include "kernel/fs/proc_rows.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

enum {
	PROC_MAGIC = 0x9fa0,
	SYSFS_MAGIC = 0x62656572,
	ID_BITS = 16, /* of an inode number, for the node */
	STORE_MAX = PAGE_SIZE,
};

struct node {
	struct list link; /* among the children of its parent */
	struct list children;
	struct node *parent;
	const struct proc_entry *row; /* NULL: only a folder on the way */
	uint64_t id;
	size_t len;
	char name[];
};

/* Changed at boot only, so there is no lock. */
static struct {
	struct node *proc, *sys; /* roots; NULL before the first row */
	struct node *self;       /* the folder named as the pid */
	uint64_t next_id;
	unsigned pid;
} tree = {.next_id = 1, .pid = 1};

/* What an inode's priv points at. */
struct thing {
	const struct node *node;
	uint64_t key;
};

/* Links with a `follow` have ops of their own, the others must not have it. */
static const struct inode_ops proc_inode_ops, proc_follow_ops;
static const struct file_ops proc_file_ops;

/* --- the tree of rows --- */

static struct node *new_node(struct node *parent, const char *name, size_t len)
{
	struct node *n = mem_zalloc(sizeof(*n) + len + 1);

	if (!n)
		return NULL;
	memcpy(n->name, name, len);
	n->len = len;
	n->parent = parent;
	n->id = tree.next_id++;
	list_init(&n->children);
	if (parent)
		list_append(&parent->children, &n->link);
	return n;
}

static struct node *find_child(const struct node *dir, const char *name,
                               size_t len)
{
	LIST_EACH(l, &dir->children)
	{
		struct node *n = LIST_ENTRY(l, struct node, link);

		if (n->len == len && !memcmp(n->name, name, len))
			return n;
	}
	return NULL;
}

static struct node *self_node(void)
{
	char name[12];

	if (!tree.self) {
		size_t len = str_printf(name, sizeof(name), "%u", tree.pid);

		tree.self = new_node(tree.proc, name, len);
	}
	return tree.self;
}

/* The child, made where it is not. */
static struct node *need_child(struct node *dir, const char *name, size_t len)
{
	struct node *n;

	if (dir == tree.proc && len == 4 && !memcmp(name, "self", 4))
		return self_node();
	n = find_child(dir, name, len);
	return n ? n : new_node(dir, name, len);
}

static bool begins_with(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* The root that the path is below; *path is moved behind it. */
static int need_root(const char **path, struct node **out)
{
	struct node **root;

	if (begins_with(*path, "/proc/")) {
		root = &tree.proc;
		*path += strlen("/proc/");
	} else if (begins_with(*path, "/sys/")) {
		root = &tree.sys;
		*path += strlen("/sys/");
	} else {
		return -EINVAL;
	}
	if (!*root)
		*root = new_node(NULL, "", 0);
	*out = *root;
	return *root ? 0 : -ENOMEM;
}

static int add(const struct proc_entry *row, bool replace)
{
	const char *at = row->path, *end;
	struct node *n;
	int rc = need_root(&at, &n);

	if (rc)
		return rc;
	for (; n && *at; at = *end ? end + 1 : end) {
		for (end = at; *end && *end != '/'; end++)
			;
		n = need_child(n, at, (size_t)(end - at));
	}
	if (!n)
		return -ENOMEM;
	if (replace || !n->row)
		n->row = row;
	return 0;
}

int proc_add_all(const struct proc_entry *rows, size_t n)
{
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i++)
		rc = add(&rows[i], true);
	return rc;
}

int proc_add(const char *path,
             int (*fill)(struct text *out, uint64_t key, void *arg), void *arg)
{
	struct proc_entry *row = mem_zalloc(sizeof(*row));
	int rc;

	if (!row)
		return -ENOMEM;
	row->path = path;
	row->fill = fill;
	row->arg = arg;
	rc = add(row, true);
	if (rc)
		mem_free(row);
	return rc;
}

int proc_fill_string(struct text *out, uint64_t key, void *arg)
{
	(void)key;
	text_printf(out, "%s\n", (const char *)arg);
	return 0;
}

void proc_set_pid(unsigned pid)
{
	tree.pid = pid;
}

/* --- inodes --- */

static const struct thing *thing_of(const struct inode *i)
{
	return i->priv;
}

static const struct proc_entry *row_of(const struct inode *i)
{
	return thing_of(i)->node->row;
}

static uint32_t with_default(uint32_t mode, uint32_t otherwise)
{
	return mode ? mode : otherwise;
}

static uint32_t mode_of(const struct node *n)
{
	const struct proc_entry *row = n->row;

	if (row && (row->link || row->follow))
		return S_IFLNK | with_default(row->mode, 0777);
	if (row && row->store)
		return S_IFREG | with_default(row->mode, 0644);
	if (row && row->fill)
		return S_IFREG | with_default(row->mode, 0444);
	return S_IFDIR | with_default(row ? row->mode : 0, 0555);
}

static void fill_inode(struct inode *i, const struct node *n)
{
	uint32_t mode = mode_of(n);
	bool folder = mode_is(mode, S_IFDIR);

	i->mode = mode;
	i->nlink = folder ? 2 : 1;
	i->atime = i->mtime = i->ctime = inode_now();
	i->ops = n->row && n->row->follow ? &proc_follow_ops : &proc_inode_ops;
	i->file_ops = folder ? NULL : &proc_file_ops;
}

static int get_inode(struct superblock *sb, const struct node *n, uint64_t key,
                     struct inode **out)
{
	struct thing *t;
	bool fresh;
	int rc = inode_obtain(sb, n->id | key << ID_BITS, &fresh, out);

	if (rc || !fresh)
		return rc;
	t = mem_alloc(sizeof(*t));
	if (t) {
		*t = (struct thing){.node = n, .key = key};
		(*out)->priv = t;
		fill_inode(*out, n);
	}
	rc = t ? 0 : -ENOMEM;
	inode_filled(*out, rc);
	return rc;
}

static void evict(struct inode *i)
{
	mem_free(i->priv);
}

/* --- folders --- */

static bool key_exists(const struct node *dir, uint64_t key)
{
	uint64_t found = key;

	return dir->row && dir->row->next &&
	       dir->row->next(&found, dir->row->arg) && found == key;
}

/* "17", without leading zeroes. */
static bool parse_key(const char *name, size_t len, uint64_t *key)
{
	char text[24];
	const char *at = text;

	if (len == 0 || len >= sizeof(text) || (name[0] == '0' && len > 1))
		return false;
	memcpy(text, name, len);
	text[len] = '\0';
	return str_number(&at, 10, UINT64_MAX >> ID_BITS, key) && *at == '\0';
}

static int lookup(struct inode *dir, const char *name, size_t len,
                  struct inode **out)
{
	const struct thing *t = thing_of(dir);
	const struct node *n = find_child(t->node, name, len);
	uint64_t key = t->key;

	if (n && !(len == 1 && name[0] == '#'))
		return get_inode(dir->sb, n, key, out);
	n = find_child(t->node, "#", 1);
	if (!n || !parse_key(name, len, &key) || !key_exists(t->node, key))
		return -ENOENT;
	return get_inode(dir->sb, n, key, out);
}

static bool emit(struct dir_sink *s, const struct node *n, const char *name,
                 size_t len, uint64_t key, int64_t next_pos)
{
	return s->add(s, name, len, n->id | key << ID_BITS,
	              dirent_type(mode_of(n)), next_pos);
}

/* Positions: first the rows, one each; then from `base` on the keys. */
static int read_keys(const struct node *dir, const struct node *n, int64_t base,
                     int64_t pos, struct dir_sink *s)
{
	uint64_t key = pos > base ? (uint64_t)(pos - base) : 0;
	char name[24];

	if (!dir->row || !dir->row->next)
		return 0;
	while (dir->row->next(&key, dir->row->arg)) {
		size_t len = str_printf(name, sizeof(name), "%llu",
		                        (unsigned long long)key);

		key++;
		if (!emit(s, n, name, len, key - 1, base + (int64_t)key))
			break;
	}
	return 0;
}

static int readdir(struct inode *dir, int64_t pos, struct dir_sink *s)
{
	const struct thing *t = thing_of(dir);
	const struct node *numbers = NULL;
	int64_t at = 0;

	LIST_EACH(l, &t->node->children)
	{
		const struct node *n = LIST_ENTRY(l, struct node, link);

		if (n->len == 1 && n->name[0] == '#')
			numbers = n;
		else if (++at > pos && !emit(s, n, n->name, n->len, t->key, at))
			return 0;
	}
	return numbers ? read_keys(t->node, numbers, at, pos, s) : 0;
}

/* --- links --- */

static int text_of(const struct inode *i, struct text *t)
{
	const struct proc_entry *row = row_of(i);
	int rc = row->fill(t, thing_of(i)->key, row->arg);

	return !rc && t->failed ? -ENOMEM : rc;
}

/* The path of what the link leads to. */
static int path_of(struct inode *i, struct text *t)
{
	const struct proc_entry *row = row_of(i);
	char *path = mem_alloc(PATH_MAX);
	struct dentry *d;
	int64_t n;
	int rc = path ? row->follow(&d, thing_of(i)->key, row->arg) : -ENOMEM;

	if (!rc) {
		n = vfs_path(d, path, PATH_MAX);
		if (n > 0)
			text_write(t, path, (size_t)n);
		rc = n < 0 ? (int)n : 0;
		dentry_put(d);
	}
	mem_free(path);
	return rc;
}

static int readlink(struct inode *i, char *out, size_t size)
{
	struct text t = {0};
	int rc = row_of(i)->fill ? text_of(i, &t) : path_of(i, &t);
	size_t n = t.len < size ? t.len : size;

	if (!rc && n > 0)
		memcpy(out, t.bytes, n);
	text_fini(&t);
	return rc ? rc : (int)n;
}

static int follow(struct inode *i, struct dentry **out)
{
	const struct proc_entry *row = row_of(i);

	return row->follow(out, thing_of(i)->key, row->arg);
}

/* --- files --- */

/* An open file's text: made at its begin, kept for the reads behind. */
struct open_text {
	struct mutex lock;
	struct text text;
};

static int open(struct inode *i, struct file *f)
{
	struct open_text *o;

	if (mode_is(i->mode, S_IFDIR))
		return 0;
	if ((f->flags & O_ACCMODE) != O_RDONLY && !row_of(i)->store)
		return -EACCES;
	o = mem_zalloc(sizeof(*o));
	if (!o)
		return -ENOMEM;
	mutex_init(&o->lock);
	f->priv = o;
	return 0;
}

static void release(struct file *f)
{
	struct open_text *o = f->priv;

	text_fini(&o->text);
	mem_free(o);
}

static int64_t read_locked(struct file *f, struct text *t, struct uio *to,
                           int64_t *pos)
{
	int64_t n;
	int rc;

	if (*pos == 0) {
		text_fini(t);
		rc = row_of(f->inode)->fill ? text_of(f->inode, t) : -EINVAL;
		if (rc)
			return rc;
	}
	if ((uint64_t)*pos >= t->len)
		return 0;
	n = uio_copy_out(to, t->bytes + *pos, t->len - (size_t)*pos);
	if (n > 0)
		*pos += n;
	return n;
}

static int64_t read(struct file *f, struct uio *to, int64_t *pos)
{
	struct open_text *o = f->priv;
	int64_t n;

	mutex_lock(&o->lock);
	n = read_locked(f, &o->text, to, pos);
	mutex_unlock(&o->lock);
	return n;
}

static int64_t write(struct file *f, struct uio *from, int64_t *pos)
{
	const struct proc_entry *row = row_of(f->inode);
	char *text;
	int64_t n;
	int rc;

	if (from->left > STORE_MAX)
		return -EINVAL;
	text = mem_alloc(STORE_MAX + 1);
	if (!text)
		return -ENOMEM;
	n = uio_copy_in(from, text, from->left);
	if (n >= 0) {
		text[n] = '\0';
		rc = row->store(text, (size_t)n, thing_of(f->inode)->key,
		                row->arg);
		*pos += n;
		n = rc ? rc : n;
	}
	mem_free(text);
	return n;
}

/* Opening with O_TRUNC, or a chmod, is taken as done where one may write. */
static int setattr(struct inode *i, const struct inode_attr *a)
{
	(void)a;
	return row_of(i) && row_of(i)->store ? 0 : -EPERM;
}

static int64_t seek(struct file *f, int64_t off, int whence)
{
	if (whence == SEEK_CUR)
		off += f->pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (off < 0)
		return -EINVAL;
	f->pos = off;
	return off;
}

static const struct file_ops proc_file_ops = {
	.read = read,
	.write = write,
	.seek = seek,
	.release = release,
};

static const struct inode_ops proc_inode_ops = {
	.lookup = lookup,
	.readdir = readdir,
	.readlink = readlink,
	.setattr = setattr,
	.open = open,
};
static const struct inode_ops proc_follow_ops = {
	.readlink = readlink,
	.follow = follow,
};

/* --- the file systems --- */

static int statfs(struct superblock *sb, struct fs_stat *out)
{
	out->type = strcmp(sb->type, "proc") == 0 ? PROC_MAGIC : SYSFS_MAGIC;
	return 0;
}

static void close(struct superblock *sb)
{
	mem_free(sb);
}

static const struct superblock_ops proc_sb_ops = {
	.evict = evict,
	.statfs = statfs,
	.close = close,
};

static int mount(const char *type, const struct node *root, const char *path)
{
	struct superblock *sb = mem_alloc(sizeof(*sb));
	int rc;

	if (!sb)
		return -ENOMEM;
	superblock_init(sb, &proc_sb_ops, type, type);
	sb->dynamic = true;
	rc = get_inode(sb, root, 0, &sb->root);
	if (!rc)
		rc = vfs_mount(sb, path);
	return rc;
}

/* The links called "self": need_child() takes that name for the folder. */
static int add_self_links(void)
{
	static const char *const names[] = {"self", "thread-self"};
	static char pid[12];
	static const struct proc_entry row = {
		.fill = proc_fill_self,
		.link = true,
		.arg = pid,
	};

	if (!self_node())
		return -ENOMEM;
	(void)str_copy(pid, tree.self->name, sizeof(pid));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct node *n =
			find_child(tree.proc, names[i], strlen(names[i]));

		if (!n)
			n = new_node(tree.proc, names[i], strlen(names[i]));
		if (!n)
			return -ENOMEM;
		if (!n->row)
			n->row = &row;
	}
	return 0;
}

/* Rows that were registered before have precedence: they know more. */
static int add_own_rows(void)
{
	int rc = 0;

	for (size_t i = 0; i < proc_nr_rows && !rc; i++)
		rc = add(&proc_rows[i], false);
	return rc;
}

int proc_mount(void)
{
	int rc = add_own_rows();

	if (!rc)
		rc = add_self_links();
	if (!rc)
		rc = mount("proc", tree.proc, "/proc");
	if (!rc)
		rc = mount("sysfs", tree.sys, "/sys");
	return rc;
}
