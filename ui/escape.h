/* escape.h - what follows an Esc that curses has no key for
 *
 * A terminal sends more than its description says: keys of another kind of terminal, its focus,
 * pasted text, answers. Such a sequence is taken as a whole, so that none of its characters
 * counts as a key.
 * SPDX-License-Identifier: MIT */
#ifndef UI_ESCAPE_H
#define UI_ESCAPE_H

/* Read on behind an Esc: its key, K_ESC when it stands alone, KEY_NONE for a sequence that means
 * nothing here. */
int escape_read(void);

#endif
