#ifndef ELT_SHAPE_H
#define ELT_SHAPE_H
#endif
