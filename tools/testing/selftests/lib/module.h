/* SPDX-License-Identifier: GPL-2.0-only */
/* Loads and unloads the module, as insmod and rmmod do; a negative errno on failure. */
#ifndef MTTY_LIB_MODULE_H
#define MTTY_LIB_MODULE_H

/* The module's file, or NULL if the environment does not name it. */
const char *module_path(void);

/* @parameters: as on insmod's command line, "" for none */
int module_load(const char *path, const char *parameters);
int module_unload(void);

#endif /* MTTY_LIB_MODULE_H */
