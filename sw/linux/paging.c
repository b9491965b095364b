// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives one PCI function a paging domain, before its driver is there.
 *
 * Where the kernel's DMA API knows identity domains only, a driver hands
 * physical addresses to its device, and no page table is ever walked. This
 * module maps all memory at an offset and tells the DMA API of the offset: the
 * driver is as it was, the addresses that its device gets have to be
 * translated, and a physical address that reaches the IOMMU is refused.
 *
 * The function's driver has to come after this module and go before it.
 */
#include <linux/dma-direct.h>
#include <linux/mmzone.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "sallyport.h"

static char *device = "0000:00:01.0";
module_param(device, charp, 0444);
MODULE_PARM_DESC(device, "PCI function that gets the paging domain");

static char *pages = "mixed";
module_param(pages, charp, 0444);
MODULE_PARM_DESC(pages, "pages: 4k, 64k (NAPOT), 2m or mixed");

static ulong offset;
module_param(offset, ulong, 0444);
MODULE_PARM_DESC(offset, "where the device sees physical address 0; a multiple of 2 MiB");

static ulong msi;
module_param(msi, ulong, 0444);
MODULE_PARM_DESC(msi, "an interrupt file to be mapped where it is, if the function's messages cross the IOMMU");

static struct sallyport sallyport;

int sallyport_map(struct sallyport *s, u64 iova, phys_addr_t pa, size_t size,
		  size_t page)
{
	size_t done;
	int err = 0;

	/* One call a page: a longer range would be mapped by larger pages. */
	for (done = 0; done < size && !err; done += page)
		err = iommu_map(s->domain, iova + done, pa + done, page,
				IOMMU_READ | IOMMU_WRITE, GFP_KERNEL);
	return err;
}

/* The page size for a piece of 2 MiB; 0 if the parameter makes no sense. */
static size_t page_of(size_t piece)
{
	static const size_t mixed[] = { SZ_4K, SZ_64K, SZ_2M };

	if (!strcmp(pages, "4k"))
		return SZ_4K;
	if (!strcmp(pages, "64k"))
		return SZ_64K;
	if (!strcmp(pages, "2m"))
		return SZ_2M;
	if (!strcmp(pages, "mixed"))
		return mixed[piece % ARRAY_SIZE(mixed)];
	return 0;
}

static int map_memory(struct sallyport *s)
{
	size_t done;
	int err = 0;

	for (done = 0; done < s->size && !err; done += SZ_2M)
		err = sallyport_map(s, s->base + done + s->offset,
				    s->base + done, SZ_2M,
				    page_of(done / SZ_2M));
	if (msi && !err)
		err = sallyport_map(s, msi, msi, SZ_4K, SZ_4K);
	return err;
}

/* What the DMA API has to add. The driver core frees it with the driver. */
static int set_offset(struct sallyport *s)
{
	struct bus_dma_region *map = kcalloc(2, sizeof(*map), GFP_KERNEL);

	if (!map)
		return -ENOMEM;
	map[0].cpu_start = s->base;
	map[0].dma_start = s->base + s->offset;
	map[0].size = s->size;
	kfree(s->dev->dma_range_map);
	s->dev->dma_range_map = map;
	return 0;
}

/* A module whose offset is in use stays. */
static int on_bus_event(struct notifier_block *nb, unsigned long event,
			void *data)
{
	struct sallyport *s = &sallyport;

	if (data != s->dev)
		return NOTIFY_DONE;
	switch (event) {
	case BUS_NOTIFY_BIND_DRIVER:
		__module_get(THIS_MODULE);
		if (set_offset(s))
			dev_err(s->dev, "sallyport: no memory for the offset\n");
		return NOTIFY_OK;
	case BUS_NOTIFY_UNBOUND_DRIVER:
	case BUS_NOTIFY_DRIVER_NOT_BOUND:
		module_put(THIS_MODULE);
		return NOTIFY_OK;
	}
	return NOTIFY_DONE;
}

static struct notifier_block notifier = { .notifier_call = on_bus_event };

static int __init sallyport_init(void)
{
	struct sallyport *s = &sallyport;
	struct pglist_data *node = NODE_DATA(0);
	int err;

	if (!page_of(0) || offset % SZ_2M)
		return -EINVAL;
	s->dev = bus_find_device_by_name(&pci_bus_type, NULL, device);
	if (!s->dev)
		return -ENODEV;
	err = -EBUSY;
	if (s->dev->driver)
		goto put;
	s->offset = offset;
	s->base = ALIGN_DOWN(PFN_PHYS(node->node_start_pfn), SZ_2M);
	s->size = ALIGN(PFN_PHYS(node->node_start_pfn +
				 node->node_spanned_pages), SZ_2M) - s->base;

	s->domain = iommu_paging_domain_alloc(s->dev);
	err = PTR_ERR_OR_ZERO(s->domain);
	if (err)
		goto put;
	err = map_memory(s);
	if (err)
		goto free;
	err = iommu_attach_device(s->domain, s->dev);
	if (err)
		goto free;
	err = churn_init(s);
	if (err)
		goto detach;
	err = bus_register_notifier(&pci_bus_type, &notifier);
	if (err)
		goto churn;
	dev_info(s->dev, "sallyport: paging domain, pages %s, %zu MiB at %#llx, page sizes %#lx, aperture to %pad\n",
		 pages, s->size / SZ_1M, s->base + s->offset,
		 s->domain->pgsize_bitmap, &s->domain->geometry.aperture_end);
	return 0;
churn:
	churn_exit();
detach:
	iommu_detach_device(s->domain, s->dev);
free:
	iommu_domain_free(s->domain);
put:
	put_device(s->dev);
	return err;
}

static void __exit sallyport_exit(void)
{
	struct sallyport *s = &sallyport;

	bus_unregister_notifier(&pci_bus_type, &notifier);
	churn_exit();
	iommu_detach_device(s->domain, s->dev);
	iommu_domain_free(s->domain);
	dev_info(s->dev, "sallyport: paging domain removed\n");
	put_device(s->dev);
}

module_init(sallyport_init);
module_exit(sallyport_exit);
MODULE_DESCRIPTION("A paging domain for a PCI function whose driver knows nothing of it");
MODULE_LICENSE("GPL");
