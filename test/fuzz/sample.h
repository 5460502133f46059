/*
 * sample.h
 *	  Files that are mutated, and the numbers that decide how, for drivers of fuzz targets.
 */
#ifndef FUZZ_SAMPLE_H
#define FUZZ_SAMPLE_H

#include "postgres.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Sample
{
	unsigned char *data;
	size_t		len;
} Sample;

static uint64 state = UINT64CONST(88172645463325252);

static uint64
Random(uint64 n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return n > 0 ? state % n : 0;
}

static Sample
ReadSample(const char *name)
{
	Sample		sample = {0};
	FILE	   *f = fopen(name, "rb");
	long		len;

	if (f == NULL)
		abort();
	fseek(f, 0, SEEK_END);
	len = ftell(f);
	rewind(f);
	sample.data = malloc(len + 1);
	sample.len = fread(sample.data, 1, len, f);
	fclose(f);
	return sample;
}

#endif
