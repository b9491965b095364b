// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes the device's page tables under I/O, and looks where its data goes.
 *
 * Writing N to the parameter `churn` does N rounds. In each, a piece of memory
 * that nobody else uses, `front`, is what the block device is told to use, and
 * its addresses lead to `front`, then to another piece, `back`, then nowhere.
 * After each change one transfer shows what the IOMMU goes by: data at the
 * wrong place means that a translation outlived its invalidation. Other I/O
 * goes on meanwhile.
 */
#include <linux/blkdev.h>
#include <linux/gfp.h>
#include <linux/module.h>

#include "sallyport.h"

static char *disk = "/dev/nvme0n1";
module_param(disk, charp, 0444);
MODULE_PARM_DESC(disk, "block device whose transfers are watched");

static ulong sector;
module_param(sector, ulong, 0644);
MODULE_PARM_DESC(sector, "first of 64 sectors of 512 bytes that the churn may overwrite");

static uint holes = 1;
module_param(holes, uint, 0644);
MODULE_PARM_DESC(holes, "rounds that also transfer where nothing is mapped: each is an I/O error and a fault record");

/* The length of a transfer. */
#define LENGTH SZ_4K
#define PIECE SZ_2M

static struct sallyport *owner;
static struct page *front_pages, *back_pages;
static u8 *front, *back;
static DEFINE_MUTEX(lock);

/* Bytes that tell which fill they are of. */
static void fill(u8 *at, u32 stamp)
{
	u32 *words = (u32 *)at;
	size_t i;

	for (i = 0; i < LENGTH / sizeof(*words); i++)
		words[i] = stamp * 0x01000193u + i;
}

static bool holds(const u8 *at, u32 stamp)
{
	const u32 *words = (const u32 *)at;
	size_t i;

	for (i = 0; i < LENGTH / sizeof(*words); i++)
		if (words[i] != stamp * 0x01000193u + i)
			return false;
	return true;
}

static u64 iova_of(u8 *at)
{
	return virt_to_phys(at) + owner->offset;
}

/* Takes the addresses of `at` away and leads them elsewhere. */
static int lead(u8 *at, u8 *to, size_t size, size_t page)
{
	if (iommu_unmap(owner->domain, iova_of(at), size) != size)
		return -EIO;
	return to ? sallyport_map(owner, iova_of(at), virt_to_phys(to), size,
				  page) : 0;
}

static int wrong(uint round, size_t page, const char *what)
{
	dev_err(owner->dev, "sallyport: churn round %u, pages of %zu KiB: %s\n",
		round, page / SZ_1K, what);
	return -EILSEQ;
}

/*
 * One round with pages of one size. The stamps are different in each round, so
 * that nothing old looks right.
 */
static int turn(struct block_device *bdev, uint round, size_t page)
{
	u32 stamp = 8 * round + 1;
	size_t at = (size_t)round * page % PIECE;
	u8 *a = front + at, *b = back + at;
	ulong x = sector, y = sector + LENGTH / SECTOR_SIZE;
	int err;

	/* All of it in pages of this size: an invalidation without address. */
	err = lead(front, front, PIECE, page);
	if (err)
		return err;
	fill(a, stamp);
	err = bdev_rw_virt(bdev, x, a, LENGTH, REQ_OP_WRITE);
	if (err)
		return err;

	/* One page leads elsewhere: an invalidation of its address. */
	err = lead(a, b, page, page);
	if (err)
		return err;
	fill(a, stamp + 1);
	fill(b, stamp + 2);
	err = bdev_rw_virt(bdev, y, a, LENGTH, REQ_OP_WRITE);
	if (err)
		return err;
	err = bdev_rw_virt(bdev, x, a, LENGTH, REQ_OP_READ);
	if (err)
		return err;
	if (!holds(a, stamp + 1))
		return wrong(round, page, "the device wrote to a page that was taken from it");
	if (!holds(b, stamp))
		return wrong(round, page, "the device did not write to the page that it was given");
	err = bdev_rw_virt(bdev, y, a, LENGTH, REQ_OP_READ);
	if (err)
		return err;
	if (!holds(b, stamp + 2))
		return wrong(round, page, "the device read from a page that was taken from it");

	/* It leads nowhere. */
	if (holes) {
		holes--;
		err = lead(a, NULL, page, page);
		if (err)
			return err;
		dev_info(owner->dev, "sallyport: nothing mapped at %#llx\n",
			 iova_of(a));
		/* Whether the device admits that it failed is its own affair. */
		err = bdev_rw_virt(bdev, x, a, LENGTH, REQ_OP_READ);
		dev_info(owner->dev, "sallyport: the transfer without a page ended with %d\n",
			 err);
		if (!holds(a, stamp + 1) || !holds(b, stamp + 2))
			return wrong(round, page, "the device wrote to a page that was taken from it");
		return sallyport_map(owner, iova_of(a), virt_to_phys(a), page,
				     page);
	}
	return lead(a, a, page, page);
}

static int rounds(uint count)
{
	static const size_t sizes[] = { SZ_4K, SZ_64K, SZ_2M };
	struct file *file;
	uint round;
	int err = 0;

	file = bdev_file_open_by_path(disk, BLK_OPEN_READ | BLK_OPEN_WRITE,
				      NULL, NULL);
	if (IS_ERR(file))
		return PTR_ERR(file);
	for (round = 0; round < count && !err; round++)
		err = turn(file_bdev(file), round,
			   sizes[round % ARRAY_SIZE(sizes)]);
	bdev_fput(file);
	dev_info(owner->dev, "sallyport: churn %s after %u rounds (%d)\n",
		 err ? "FAILED" : "passed", round, err);
	return err;
}

static int churn_set(const char *text, const struct kernel_param *param)
{
	uint count;
	int err = kstrtouint(text, 0, &count);

	if (err)
		return err;
	mutex_lock(&lock);
	err = owner ? rounds(count) : -ENODEV;
	mutex_unlock(&lock);
	return err;
}

static const struct kernel_param_ops churn_ops = { .set = churn_set };
module_param_cb(churn, &churn_ops, NULL, 0200);
MODULE_PARM_DESC(churn, "do so many rounds");

int churn_init(struct sallyport *s)
{
	front_pages = alloc_pages(GFP_KERNEL, get_order(PIECE));
	back_pages = alloc_pages(GFP_KERNEL, get_order(PIECE));
	if (!front_pages || !back_pages) {
		churn_exit();
		return -ENOMEM;
	}
	front = page_address(front_pages);
	back = page_address(back_pages);
	mutex_lock(&lock);
	owner = s;
	mutex_unlock(&lock);
	return 0;
}

void churn_exit(void)
{
	mutex_lock(&lock);
	owner = NULL;
	mutex_unlock(&lock);
	if (front_pages)
		__free_pages(front_pages, get_order(PIECE));
	if (back_pages)
		__free_pages(back_pages, get_order(PIECE));
	front_pages = NULL;
	back_pages = NULL;
}
