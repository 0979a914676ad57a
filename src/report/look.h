/* SPDX-License-Identifier: ISC */
/*
 * look: the style sheet of the HTML report. Private to report/.
 */
#ifndef REPORT_LOOK_H
#define REPORT_LOOK_H

/* CSS, without '<' and '&'. */
extern const char report_look[];

#endif
