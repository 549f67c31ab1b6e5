/* inotify.h - inotify(7); its system calls are in syscalls.def. */
#ifndef KERNEL_LINUX_INOTIFY_H
#define KERNEL_LINUX_INOTIFY_H

/* At boot: from now on the VFS's events reach watches. */
void inotify_init(void);

#endif
