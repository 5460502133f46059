/*
 * registers.h
 *	  Registers of HyperLogLog: where a hash is counted, and how many different ones they stand for.
 *
 * The first bits of a hash choose a register, which is told the length of the run of zeros behind them.
 */
#ifndef ELT_SKETCH_REGISTERS_H
#define ELT_SKETCH_REGISTERS_H

#include "postgres.h"
#include "port/pg_bitutils.h"

#define SPARSE_BITS		26
#define DENSE_BITS		14
#define REGISTERS		(1 << DENSE_BITS)
#define LONGEST_SPARSE	(64 - SPARSE_BITS + 1)
#define LONGEST_DENSE	(64 - DENSE_BITS + 1)

/* The length of the run of zeros behind the first bits, and one. */
static inline uint8
RunBehind(uint64 hash, int bits)
{
	uint64		rest = hash << bits;

	return rest != 0 ? 64 - pg_leftmost_one_pos64(rest) : 64 - bits + 1;
}

/* A register and a run in 32 bits, in the order of the registers. */
static inline uint32
WordOf(uint32 place, uint8 run)
{
	return place << 6 | run;
}

static inline uint32
WordPlace(uint32 word)
{
	return word >> 6;
}

static inline uint8
WordRun(uint32 word)
{
	return word & 63;
}

static inline uint32
HashWord(uint64 hash, int bits)
{
	return WordOf(hash >> (64 - bits), RunBehind(hash, bits));
}

/* What a register of a sparse sketch says about one of a dense sketch. */
static inline uint32
DenseWord(uint32 place, uint8 run)
{
	int			more = SPARSE_BITS - DENSE_BITS;
	uint32		low = place & ((1 << more) - 1);

	return WordOf(place >> more, low != 0 ? more - pg_leftmost_one_pos32(low) : more + run);
}

/* About how many hashes dense registers, each with its longest run, or so many sparse ones stand for. */
extern double RegistersCount(const uint8 *registers);
extern double SparseRegistersCount(uint32 count);
/* As a number of SQL. All registers at their end stand for more than can be counted. */
extern int64 RoundedCount(double count);

#endif
