/* priority.h - work in the background gives way to whoever sits in front of the terminal
 * SPDX-License-Identifier: MIT */
#ifndef BASE_PRIORITY_H
#define BASE_PRIORITY_H

/* This process gives way by so much (1..19). Linux may share the processors out by session first,
 * where the value of a process says nothing to other sessions: so that of the session is set, too,
 * when this process leads one. What is not allowed is left as it was. */
void priority_lower(int by);

#endif
