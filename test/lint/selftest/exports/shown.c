int elt_good(void);
int pg_finfo_elt_good(void);
int elt_helper(void);
int pg_finfo_elt_gone(void);
int elt_process_main(void);
int Helper(void);
int elt_good(void) { return 0; }
int pg_finfo_elt_good(void) { return 0; }
int elt_helper(void) { return 0; }
int pg_finfo_elt_gone(void) { return 0; }
int elt_process_main(void) { return 0; }
int Helper(void) { return 0; }
