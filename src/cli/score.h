/* score.h - shares for people: ".3762", or "-" where there is none
 * SPDX-License-Identifier: MIT */
#ifndef CLI_SCORE_H
#define CLI_SCORE_H

#define SCORE 16
const char *score(double share, char text[SCORE]);

#endif
