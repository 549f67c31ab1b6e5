/* epoll.h - what others must tell epoll. */
#ifndef KERNEL_LINUX_EPOLL_H
#define KERNEL_LINUX_EPOLL_H

struct file;

/* The file's last reference has gone: nobody watches it any more. */
void epoll_forget_file(struct file *f);

#endif
