#ifndef ELT_MERGE_GOOD_H
#define ELT_MERGE_GOOD_H
#endif
