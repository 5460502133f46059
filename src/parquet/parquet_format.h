/*
 * parquet_format.h
 *	  Names of what the Parquet format writes as numbers.
 *
 * The numbers are those of parquet.thrift of apache/parquet-format.
 */
#ifndef ELT_PARQUET_PARQUET_FORMAT_H
#define ELT_PARQUET_PARQUET_FORMAT_H

/* A file begins and ends with it; with an encrypted footer it ends with the other. */
#define PARQUET_MAGIC "PAR1"
#define PARQUET_ENCRYPTED_MAGIC "PARE"
#define PARQUET_MAGIC_SIZE 4

/* The length of the footer and the magic. */
#define PARQUET_TAIL_SIZE 8

/* Julian day number of 1970-01-01, from which the days of an INT96 are counted. */
#define PARQUET_JULIAN_EPOCH 2440588

typedef enum ParquetType
{
	PARQUET_BOOLEAN = 0,
	PARQUET_INT32 = 1,
	PARQUET_INT64 = 2,
	PARQUET_INT96 = 3,
	PARQUET_FLOAT = 4,
	PARQUET_DOUBLE = 5,
	PARQUET_BYTE_ARRAY = 6,
	PARQUET_FIXED_LEN_BYTE_ARRAY = 7
} ParquetType;

/* Bytes of each value of a type; length is that of a FIXED_LEN_BYTE_ARRAY. 0: values differ in length. */
static inline int
ParquetWidth(ParquetType type, int length)
{
	switch (type)
	{
		case PARQUET_BOOLEAN:
			return 1;
		case PARQUET_INT32:
		case PARQUET_FLOAT:
			return 4;
		case PARQUET_INT64:
		case PARQUET_DOUBLE:
			return 8;
		case PARQUET_INT96:
			return 12;
		case PARQUET_FIXED_LEN_BYTE_ARRAY:
			return length;
		default:
			return 0;
	}
}

typedef enum ParquetRepetition
{
	PARQUET_REQUIRED = 0,
	PARQUET_OPTIONAL = 1,
	PARQUET_REPEATED = 2
} ParquetRepetition;

typedef enum ParquetEncoding
{
	PARQUET_PLAIN = 0,
	PARQUET_PLAIN_DICTIONARY = 2,
	PARQUET_RLE = 3,
	PARQUET_BIT_PACKED = 4,
	PARQUET_DELTA_BINARY_PACKED = 5,
	PARQUET_DELTA_LENGTH_BYTE_ARRAY = 6,
	PARQUET_DELTA_BYTE_ARRAY = 7,
	PARQUET_RLE_DICTIONARY = 8,
	PARQUET_BYTE_STREAM_SPLIT = 9
} ParquetEncoding;

typedef enum ParquetCodec
{
	PARQUET_UNCOMPRESSED = 0,
	PARQUET_SNAPPY = 1,
	PARQUET_GZIP = 2,
	PARQUET_LZO = 3,
	PARQUET_BROTLI = 4,
	PARQUET_LZ4 = 5,			/* framed in a way of Hadoop's own */
	PARQUET_ZSTD = 6,
	PARQUET_LZ4_RAW = 7
} ParquetCodec;

typedef enum ParquetPageType
{
	PARQUET_DATA_PAGE = 0,
	PARQUET_INDEX_PAGE = 1,
	PARQUET_DICTIONARY_PAGE = 2,
	PARQUET_DATA_PAGE_V2 = 3
} ParquetPageType;

/* What a type means, in files of every age. */
typedef enum ParquetConverted
{
	PARQUET_NOT_CONVERTED = -1, /* the field is absent */
	PARQUET_CONVERTED_UTF8 = 0,
	PARQUET_CONVERTED_MAP = 1,
	PARQUET_CONVERTED_MAP_KEY_VALUE = 2,
	PARQUET_CONVERTED_LIST = 3,
	PARQUET_CONVERTED_ENUM = 4,
	PARQUET_CONVERTED_DECIMAL = 5,
	PARQUET_CONVERTED_DATE = 6,
	PARQUET_CONVERTED_TIME_MILLIS = 7,
	PARQUET_CONVERTED_TIME_MICROS = 8,
	PARQUET_CONVERTED_TIMESTAMP_MILLIS = 9,
	PARQUET_CONVERTED_TIMESTAMP_MICROS = 10,
	PARQUET_CONVERTED_UINT_8 = 11,
	PARQUET_CONVERTED_UINT_16 = 12,
	PARQUET_CONVERTED_UINT_32 = 13,
	PARQUET_CONVERTED_UINT_64 = 14,
	PARQUET_CONVERTED_INT_8 = 15,
	PARQUET_CONVERTED_INT_16 = 16,
	PARQUET_CONVERTED_INT_32 = 17,
	PARQUET_CONVERTED_INT_64 = 18,
	PARQUET_CONVERTED_JSON = 19,
	PARQUET_CONVERTED_BSON = 20,
	PARQUET_CONVERTED_INTERVAL = 21
} ParquetConverted;

/* The field of the union LogicalType that is set. */
typedef enum ParquetLogical
{
	PARQUET_NO_LOGICAL = 0,
	PARQUET_LOGICAL_STRING = 1,
	PARQUET_LOGICAL_MAP = 2,
	PARQUET_LOGICAL_LIST = 3,
	PARQUET_LOGICAL_ENUM = 4,
	PARQUET_LOGICAL_DECIMAL = 5,
	PARQUET_LOGICAL_DATE = 6,
	PARQUET_LOGICAL_TIME = 7,
	PARQUET_LOGICAL_TIMESTAMP = 8,
	PARQUET_LOGICAL_INTEGER = 10,
	PARQUET_LOGICAL_UNKNOWN = 11,
	PARQUET_LOGICAL_JSON = 12,
	PARQUET_LOGICAL_BSON = 13,
	PARQUET_LOGICAL_UUID = 14,
	PARQUET_LOGICAL_FLOAT16 = 15,
	PARQUET_LOGICAL_VARIANT = 16,
	PARQUET_LOGICAL_GEOMETRY = 17,
	PARQUET_LOGICAL_GEOGRAPHY = 18
} ParquetLogical;

/* The field of the union TimeUnit that is set. */
typedef enum ParquetTimeUnit
{
	PARQUET_MILLIS = 1,
	PARQUET_MICROS = 2,
	PARQUET_NANOS = 3
} ParquetTimeUnit;

typedef enum ParquetBoundaryOrder
{
	PARQUET_UNORDERED = 0,
	PARQUET_ASCENDING = 1,
	PARQUET_DESCENDING = 2
} ParquetBoundaryOrder;

/* Types of the compact protocol of Thrift, as fields and list elements say them. */
typedef enum ThriftType
{
	THRIFT_STOP = 0,
	THRIFT_TRUE = 1,
	THRIFT_FALSE = 2,
	THRIFT_BYTE = 3,
	THRIFT_I16 = 4,
	THRIFT_I32 = 5,
	THRIFT_I64 = 6,
	THRIFT_DOUBLE = 7,
	THRIFT_BINARY = 8,
	THRIFT_LIST = 9,
	THRIFT_SET = 10,
	THRIFT_MAP = 11,
	THRIFT_STRUCT = 12,
	THRIFT_UUID = 13
} ThriftType;

#endif
