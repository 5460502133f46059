/*
 * driver.c
 *	  Runs the fuzz target where libFuzzer is not installed: files, and mutations of them.
 *
 * driver SECONDS FILE...
 */
#include "postgres.h"

#include <time.h>

#include "../sample.h"

/* A part of the sample with a few bytes changed, in memory of exactly its size. */
static void
RunMutation(const Sample *sample)
{
	static const char bytes[] = "{}[]\",:\\ \n\t019-+.eEtfnu/b\x01\x80\xe2\xf0\xff";
	size_t		start = Random(2) ? 0 : Random(sample->len);
	size_t		len = Random(Min(sample->len - start, 2000) + 1);
	unsigned char *data = palloc(len);

	memcpy(data, sample->data + start, len);
	for (int n = Random(5); n > 0 && len > 0; n--)
		data[Random(len)] = bytes[Random(sizeof(bytes) - 1)];
	LLVMFuzzerTestOneInput(data, len);
	free(data);
}

int
main(int argc, char **argv)
{
	time_t		end = time(NULL) + atoi(argv[1]);
	int			n = argc - 2;
	Sample	   *samples = palloc((n + 1) * sizeof(Sample));
	uint64		runs = 0;

	for (int i = 0; i < n; i++)
	{
		samples[i] = ReadSample(argv[i + 2]);
		LLVMFuzzerTestOneInput(samples[i].data, samples[i].len);
	}
	samples[n].data = (unsigned char *) "[{\"a\":[1.5e3,null,\"\\ud83d\\ude00\"],\"b\":{\"c\":true}}]\n{}";
	samples[n].len = strlen((char *) samples[n].data);
	while (time(NULL) < end)
	{
		for (int i = 0; i < 1000; i++, runs++)
			RunMutation(&samples[Random(n + 1)]);
	}
	printf("# %llu inputs\n", (unsigned long long) runs);
	for (int i = 0; i < n; i++)
		free(samples[i].data);
	free(samples);
	return 0;
}
