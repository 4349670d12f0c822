// SPDX-License-Identifier: GPL-2.0-only
/*
 * One step of a device's way between two modules that are both called mtty, so that
 * only one can be loaded: interop ACTION MODULE CASE TYPE FILE...
 *
 *   cases                           print the names of all cases
 *   save MODULE CASE TYPE OUT       put a device into the state of the case, save it
 *   move MODULE CASE TYPE IN OUT    load it, save it again, check its registers
 *   load MODULE CASE TYPE IN        load it, check its registers
 *
 * MODULE, "ours" or "theirs", is the one that is loaded. Known faults of the sample's
 * registers are reported, but do not fail the step; faults of its stream always do.
 */
#include <fcntl.h>
#include <linux/serial_reg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "mdev.h"
#include "migration.h"
#include "region.h"
#include "stream.h"
#include "vfio.h"

#define PORTS_MAX	2
#define RESET_DIVISOR	12

/*
 * How the ports are programmed; the two of one device differ in SCR and in their bytes.
 * @passed: bytes that go through the FIFO first, so that the others wrap around its end
 * @count: bytes left in the FIFO
 */
struct port_case {
	const char *name;
	bool untouched;
	__u8 ier;
	__u8 lcr;
	__u8 mcr;
	__u8 scr;
	__u8 fcr;
	__u16 divisor;
	__u8 passed;
	__u8 count;
};

#define FIFO_ON		(UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_8)

static const struct port_case cases[] = {
	/* the sample starts with a divisor of 0 */
	{ "a_port_nobody_touched", .untouched = true, .divisor = RESET_DIVISOR },
	{ "ier", .ier = 0x0f, .divisor = RESET_DIVISOR },
	{ "lcr", .lcr = 0x1b, .divisor = RESET_DIVISOR },
	{ "mcr", .mcr = 0x0b, .divisor = RESET_DIVISOR },
	{ "mcr_with_loop", .mcr = 0x1b, .divisor = RESET_DIVISOR },
	{ "scr", .scr = 0x5a, .divisor = RESET_DIVISOR },
	{ "the_divisor", .lcr = 0x03, .divisor = 0x1234 },
	{ "an_open_divisor_latch", .lcr = 0x83, .divisor = 0x1234, .scr = 0x5a },
	{ "the_fifo_set_up", .lcr = 0x03, .divisor = 1, .fcr = 0xc1 },
	{ "a_byte_without_fifo", .lcr = 0x03, .divisor = 1, .count = 1 },
	{ "a_partly_filled_fifo", .lcr = 0x03, .divisor = 1, .fcr = FIFO_ON, .count = 5 },
	{ "a_wrapped_fifo", .lcr = 0x03, .divisor = 1, .fcr = FIFO_ON, .passed = 12, .count = 9 },
	{ "a_full_fifo", .lcr = 0x03, .divisor = 1, .fcr = FIFO_ON, .count = FIFO_SLOTS },
	{ "all_of_it_at_once", .ier = 0x0d, .lcr = 0x83, .mcr = 0x0b, .scr = 0x5a,
	  .fcr = FIFO_ON, .divisor = 0x1234, .count = FIFO_SLOTS },
};

static bool is_ours;
static const struct port_case *the_case;
static unsigned int ports;
static unsigned int divisor;
static unsigned int differences;

static void expect(unsigned int port, const char *what, unsigned int expected,
		   unsigned int seen)
{
	if (expected == seen)
		return;
	differences++;
	printf("# port %u: %s: expected %#x, seen %#x\n", port, what, expected, seen);
}

/* @fault: a known fault of the sample's registers, which is reported but not counted */
static void expect_of_ours(unsigned int port, const char *what, unsigned int expected,
			   unsigned int seen, const char *fault)
{
	if (is_ours)
		expect(port, what, expected, seen);
	else if (expected != seen)
		printf("# port %u: %s: expected %#x, seen %#x, a known fault of the sample: %s\n",
		       port, what, expected, seen, fault);
}

/* Differs between the ports, so that swapped ports are noticed. */
static __u8 scr_of(unsigned int port)
{
	return port && !the_case->untouched ? ~the_case->scr : the_case->scr;
}

static __u8 byte_of(unsigned int port, unsigned int i)
{
	return (port ? 0x61 : 0x41) + i;
}

/* Streams in files */

static void write_stream(const char *path, const __u8 *stream, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0 && write(fd, stream, size) == (ssize_t)size, "cannot write %s", path);
	close(fd);
}

static void read_stream(const char *path, __u8 *stream, size_t size)
{
	int fd = open(path, O_RDONLY);

	CHECK(fd >= 0 && read(fd, stream, size) == (ssize_t)size,
	      "%s holds no complete stream; did the previous step fail?", path);
	close(fd);
}

static void save(struct vfio_dev *dev, __u8 *stream)
{
	size_t size = mig_save(dev, stream, STREAM_MAX);

	CHECK(size == stream_size(ports), "saved %zu bytes for %u ports", size, ports);
}

/* The contents of the stream */

static unsigned int divisor_in(const __u8 *record)
{
	return record[RECORD_DIVISOR] | record[RECORD_DIVISOR + 1] << 8;
}

static void expect_header(const __u8 *stream)
{
	__u8 header[HEADER_SIZE];
	unsigned int i;

	stream_header(header, ports);
	for (i = 0; i < HEADER_SIZE; i++) {
		if (header[i] != stream[i]) {
			printf("# header, byte %u: expected %02x, seen %02x\n", i, header[i],
			       stream[i]);
			differences++;
		}
	}
}

static void expect_fifo(unsigned int port, const __u8 *record)
{
	unsigned int i, tail = record[RECORD_TAIL];

	expect(port, "count", the_case->count, record[RECORD_COUNT]);
	expect(port, "head", (tail + the_case->count) % FIFO_SLOTS, record[RECORD_HEAD]);
	for (i = 0; i < the_case->count; i++)
		expect(port, "byte in the FIFO", byte_of(port, i),
		       record[RECORD_FIFO + (tail + i) % FIFO_SLOTS]);
}

/* The bytes that the sample does not use; ours keeps a checksum and more state there. */
static void expect_extra(unsigned int port, const __u8 *record)
{
	static const __u8 extra[] = {
		RECORD_CHECK, RECORD_EXTRA, RECORD_ERRORS, RECORD_DELTAS,
		RECORD_MARKS_LOW, RECORD_MARKS_HIGH,
	};
	unsigned int i;

	if (is_ours) {
		expect(port, "check byte", stream_check(record), record[RECORD_CHECK]);
		expect(port, "validity bit", EXTRA_VALID, record[RECORD_EXTRA] & EXTRA_VALID);
		return;
	}
	for (i = 0; i < sizeof(extra); i++)
		expect(port, "unused byte", 0, record[extra[i]]);
}

static void expect_record(unsigned int port, const __u8 *record)
{
	expect(port, "IER", the_case->ier, record[RECORD_IER]);
	expect(port, "LCR", the_case->lcr, record[RECORD_LCR]);
	expect(port, "MCR", the_case->mcr, record[RECORD_MCR]);
	expect(port, "SCR", scr_of(port), record[RECORD_SCR]);
	expect(port, "FCR", the_case->fcr, record[RECORD_FCR]);
	expect(port, "DLAB", the_case->lcr >> 7, record[RECORD_DLAB]);
	expect(port, "divisor", divisor, divisor_in(record));
	expect(port, "overrun", 0, record[RECORD_OVERRUN]);
	expect_fifo(port, record);
}

static void expect_stream(__u8 *stream)
{
	unsigned int port;

	expect_header(stream);
	for (port = 0; port < ports; port++) {
		expect_record(port, stream_record(stream, port));
		expect_extra(port, stream_record(stream, port));
	}
}

/* A stream must be passed on unchanged. */
static void expect_same(const __u8 *in, const __u8 *out)
{
	size_t i;

	for (i = 0; i < stream_size(ports); i++) {
		if (in[i] != out[i]) {
			printf("# stream, byte %zu: loaded as %02x, saved as %02x\n", i, in[i],
			       out[i]);
			differences++;
		}
	}
}

/* The contents of the registers */

/* Writes the divisor last, because the sample forgets it whenever DLAB is set. */
static void program_port(struct vfio_dev *dev, unsigned int port)
{
	unsigned int i;

	if (the_case->fcr)
		uart_write(dev, port, UART_FCR, the_case->fcr);
	uart_write(dev, port, UART_LCR, the_case->lcr & ~UART_LCR_DLAB);
	uart_write(dev, port, UART_IER, the_case->ier);
	uart_write(dev, port, UART_MCR, the_case->mcr);
	uart_write(dev, port, UART_SCR, scr_of(port));
	for (i = 0; i < the_case->passed; i++) {
		uart_write(dev, port, UART_TX, i);
		uart_read(dev, port, UART_RX);
	}
	for (i = 0; i < the_case->count; i++)
		uart_write(dev, port, UART_TX, byte_of(port, i));
	uart_write(dev, port, UART_LCR, the_case->lcr | UART_LCR_DLAB);
	uart_write(dev, port, UART_DLL, the_case->divisor);
	uart_write(dev, port, UART_DLM, the_case->divisor >> 8);
	if (!(the_case->lcr & UART_LCR_DLAB))
		uart_write(dev, port, UART_LCR, the_case->lcr);
}

/* Leaves DLAB clear. */
static void expect_divisor(struct vfio_dev *dev, unsigned int port)
{
	static const char fault[] = "it forgets the divisor when DLAB is set";
	bool is_open = the_case->lcr & UART_LCR_DLAB;
	unsigned int seen;

	if (!is_open)
		uart_write(dev, port, UART_LCR, the_case->lcr | UART_LCR_DLAB);
	seen = uart_read(dev, port, UART_DLL);
	seen |= uart_read(dev, port, UART_DLM) << 8;
	if (is_open)
		expect(port, "registers DLM and DLL", divisor, seen);
	else
		expect_of_ours(port, "registers DLM and DLL", divisor, seen, fault);
	uart_write(dev, port, UART_LCR, the_case->lcr & ~UART_LCR_DLAB);
}

static unsigned int data_ready(struct vfio_dev *dev, unsigned int port)
{
	return uart_read(dev, port, UART_LSR) & UART_LSR_DR;
}

static void expect_bytes(struct vfio_dev *dev, unsigned int port)
{
	static const char fault[] = "it mistakes a full FIFO for an empty one";
	unsigned int i;

	if (!is_ours && the_case->count == FIFO_SLOTS) {
		expect_of_ours(port, "data ready", UART_LSR_DR, data_ready(dev, port), fault);
		return;
	}
	for (i = 0; i < the_case->count; i++) {
		expect(port, "data ready", UART_LSR_DR, data_ready(dev, port));
		expect(port, "byte", byte_of(port, i), uart_read(dev, port, UART_RX));
	}
	expect(port, "data ready after the last byte", 0, data_ready(dev, port));
}

static void expect_fifo_bits(struct vfio_dev *dev, unsigned int port)
{
	unsigned int seen = uart_read(dev, port, UART_IIR) & 0xc0;

	if (the_case->fcr & UART_FCR_ENABLE_FIFO)
		expect(port, "FIFO bits of IIR", 0xc0, seen);
	else
		expect_of_ours(port, "FIFO bits of IIR", 0, seen, "it never clears them");
}

static void expect_registers(struct vfio_dev *dev, unsigned int port)
{
	expect(port, "register LCR", the_case->lcr, uart_read(dev, port, UART_LCR));
	expect(port, "register MCR", the_case->mcr, uart_read(dev, port, UART_MCR));
	expect(port, "register SCR", scr_of(port), uart_read(dev, port, UART_SCR));
	expect_divisor(dev, port);
	expect(port, "register IER", the_case->ier, uart_read(dev, port, UART_IER));
	expect_fifo_bits(dev, port);
	expect_bytes(dev, port);
}

static void expect_device(struct vfio_dev *dev)
{
	unsigned int port;

	mig_set(dev, STATE_RUNNING);
	for (port = 0; port < ports; port++)
		expect_registers(dev, port);
}

/* The steps */

static void step_save(struct vfio_dev *dev, char **files)
{
	__u8 stream[STREAM_MAX];
	unsigned int port;

	for (port = 0; port < ports && !the_case->untouched; port++)
		program_port(dev, port);
	if (the_case->untouched && !is_ours)
		divisor = 0;
	save(dev, stream);
	expect_stream(stream);
	write_stream(files[0], stream, stream_size(ports));
}

static void take_stream(struct vfio_dev *dev, const char *path, __u8 *stream)
{
	read_stream(path, stream, stream_size(ports));
	if (the_case->untouched)
		divisor = divisor_in(stream_record(stream, 0));
	mig_load(dev, stream, stream_size(ports));
}

static void step_move(struct vfio_dev *dev, char **files)
{
	__u8 in[STREAM_MAX], out[STREAM_MAX];

	take_stream(dev, files[0], in);
	save(dev, out);
	write_stream(files[1], out, stream_size(ports));
	expect_same(in, out);
	expect_device(dev);
}

static void step_load(struct vfio_dev *dev, char **files)
{
	__u8 stream[STREAM_MAX];

	take_stream(dev, files[0], stream);
	expect_device(dev);
}

static const struct {
	const char *name;
	int files;
	void (*run)(struct vfio_dev *dev, char **files);
} steps[] = {
	{ "save", 1, step_save },
	{ "move", 2, step_move },
	{ "load", 1, step_load },
};

static enum vfio_mode any_mode(void)
{
	return vfio_mode_missing(VFIO_MODE_GROUP) ? VFIO_MODE_CDEV : VFIO_MODE_GROUP;
}

static void print_cases(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		puts(cases[i].name);
}

static void find_case(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (!strcmp(cases[i].name, name))
			the_case = &cases[i];
	}
	CHECK(the_case, "there is no case %s", name);
	divisor = the_case->divisor;
}

static void run_step(const char *name, const char *type, char **files, int nr_files)
{
	struct mdev mdev;
	struct vfio_dev dev;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(steps) && strcmp(steps[i].name, name); i++)
		;
	CHECK(i < ARRAY_SIZE(steps) && steps[i].files == nr_files,
	      "there is no step %s with %d files", name, nr_files);
	vfio_open_new(&dev, &mdev, type, any_mode());
	steps[i].run(&dev, files);
	vfio_close(&dev);
	mdev_remove(&mdev);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "cases")) {
		print_cases();
		return 0;
	}
	CHECK(argc > 5, "usage: %s cases | STEP ours|theirs CASE TYPE FILE...", argv[0]);
	is_ours = !strcmp(argv[2], "ours");
	find_case(argv[3]);
	ports = strcmp(argv[4], "mtty-2") ? 1 : PORTS_MAX;
	run_step(argv[1], argv[4], argv + 5, argc - 5);
	return differences ? KSFT_FAIL : KSFT_PASS;
}
