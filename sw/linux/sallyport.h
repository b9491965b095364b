/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the two halves of the module share: the domain that one makes and the
 * other changes under I/O.
 */
#ifndef SALLYPORT_H
#define SALLYPORT_H

#include <linux/iommu.h>
#include <linux/sizes.h>

/**
 * struct sallyport - a device and the address space that it was given
 * @dev: the device
 * @domain: its paging domain
 * @base: the first physical address of memory
 * @size: how much there is of it, in bytes
 * @offset: what the device has to add to a physical address
 */
struct sallyport {
	struct device *dev;
	struct iommu_domain *domain;
	phys_addr_t base;
	size_t size;
	u64 offset;
};

/* Maps physical memory where the device sees it, in pages of one size. */
int sallyport_map(struct sallyport *s, u64 iova, phys_addr_t pa, size_t size,
		  size_t page);

/* Takes and gives back the memory that the churn works on. */
int churn_init(struct sallyport *s);
void churn_exit(void);

#endif
