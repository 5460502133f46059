/*
 * driver.c
 *	  Runs the fuzz target: files, every beginning of small ones, and mutations of all.
 *
 * driver SECONDS FILE... Half of the mutations are made in the footer, where everything else is found.
 */
#include "postgres.h"

#include <time.h>

#include "../sample.h"

#define SMALL 3000				/* bytes of a file that is cut everywhere */

/* In memory of exactly its size. */
static void
Run(const uint8 *data, size_t len)
{
	uint8	   *copy = malloc(len > 0 ? len : 1);

	memcpy(copy, data, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static size_t
FooterOf(const Sample *sample)
{
	size_t		len;

	if (sample->len < 12)
		return 0;
	len = sample->data[sample->len - 8] | sample->data[sample->len - 7] << 8 |
		(size_t) sample->data[sample->len - 6] << 16;
	return sample->len > len + 8 ? sample->len - 8 - len : 0;
}

/* Bytes that are lengths, ends of numbers or types. */
static uint8
OtherByte(uint8 old)
{
	static const uint8 bytes[] = {0, 1, 2, 3, 0x0F, 0x15, 0x18, 0x19, 0x1C, 0x7E, 0x7F, 0x80, 0xFE, 0xFF};

	switch (Random(4))
	{
		case 0:
			return bytes[Random(sizeof(bytes))];
		case 1:
			return old ^ (1 << Random(8));
		case 2:
			return old + 1 - 2 * Random(2);
		default:
			return Random(256);
	}
}

static void
RunMutation(const Sample *sample)
{
	uint8	   *data = malloc(sample->len + 1);
	size_t		footer = FooterOf(sample);

	memcpy(data, sample->data, sample->len);
	for (int n = 1 + Random(4); n > 0 && sample->len > 0; n--)
	{
		size_t		at = Random(2) ? footer + Random(sample->len - footer) : Random(sample->len);

		data[at] = OtherByte(data[at]);
	}
	LLVMFuzzerTestOneInput(data, sample->len);
	free(data);
}

/* Each beginning, and each with the footer behind it. */
static void
RunCuts(const Sample *sample)
{
	size_t		footer = FooterOf(sample);
	uint8	   *data = malloc(sample->len);

	for (size_t len = 0; len < sample->len; len++)
		Run(sample->data, len);
	for (size_t len = 0; len < footer; len++)
	{
		memcpy(data, sample->data, len);
		memcpy(data + len, sample->data + footer, sample->len - footer);
		Run(data, len + sample->len - footer);
	}
	free(data);
}

int
main(int argc, char **argv)
{
	time_t		end = time(NULL) + atoi(argv[1]);
	int			n = argc - 2;
	Sample	   *samples = malloc(n * sizeof(Sample));
	uint64		runs = 0;

	for (int i = 0; i < n; i++)
	{
		samples[i] = ReadSample(argv[i + 2]);
		LLVMFuzzerTestOneInput(samples[i].data, samples[i].len);
		if (samples[i].len <= SMALL)
			RunCuts(&samples[i]);
	}
	state += time(NULL) * UINT64CONST(0x9E3779B97F4A7C15);
	printf("# seed %llu\n", (unsigned long long) state);
	while (time(NULL) < end)
		for (int i = 0; i < 200; i++, runs++)
			RunMutation(&samples[Random(n)]);
	printf("# %llu inputs\n", (unsigned long long) runs);
	for (int i = 0; i < n; i++)
		free(samples[i].data);
	free(samples);
	return 0;
}
