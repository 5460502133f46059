/*
 * registers.c
 *	  Registers of HyperLogLog: how many different hashes they stand for.
 *
 * 16,384 registers give a standard error of 1.04 / sqrt(16384) = 0.81 %, and the estimator of Ertl
 * (arXiv:1702.01284, section 4) needs no tables of corrections.
 */
#include "base/compat.h"
#include "sketch/registers.h"

#include <math.h>

/* Of Ertl's estimator: the part of registers that are zero. */
static double
Sigma(double x)
{
	double		y = 1;
	double		z = x;
	double		before;

	if (x == 1)
		return INFINITY;
	do
	{
		x *= x;
		before = z;
		z += x * y;
		y += y;
	} while (z != before);
	return z;
}

/* And of those that are not at their end. */
static double
Tau(double x)
{
	double		y = 1;
	double		z = 1 - x;
	double		before;

	if (x == 0 || x == 1)
		return 0;
	do
	{
		x = sqrt(x);
		before = z;
		y *= 0.5;
		z -= (1 - x) * (1 - x) * y;
	} while (z != before);
	return z / 3;
}

double
RegistersCount(const uint8 *registers)
{
	const double m = REGISTERS;
	int			with[LONGEST_DENSE + 1] = {0};
	double		z;

	for (int i = 0; i < REGISTERS; i++)
		with[registers[i]]++;
	z = m * Tau(1 - with[LONGEST_DENSE] / m);
	for (int run = LONGEST_DENSE - 1; run > 0; run--)
		z = 0.5 * (z + with[run]);
	z += m * Sigma(with[0] / m);
	return m * m / (2 * M_LN2 * z);
}

double
SparseRegistersCount(uint32 count)
{
	return -ldexp(log1p(-ldexp(count, -SPARSE_BITS)), SPARSE_BITS);
}

int64
RoundedCount(double count)
{
	count = rint(count);
	return count < (double) PG_INT64_MAX ? (int64) count : PG_INT64_MAX;
}
