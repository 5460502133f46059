/*
 * sample.c
 *	  Not as pgindent writes it.
 */
typedef struct Sample
{
	int			size;
} Sample;

int
Double(Sample *sample)
{
	Sample *other = sample;
	int			twice = (Sample) {2}.size *
		other->size;

	foreach(lc, sample)
		if (twice) {
			twice++;
		}
	return twice;
}
