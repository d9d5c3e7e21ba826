/* draw.c - nine kinds of things, three forms of each, drawn flat
 *
 * What is true of an item is seen in its picture: colour, tone and pattern on the body of
 * the thing; brightness, tint and backdrop behind it. Shapes are large and plain, so that
 * they still read when a terminal shows them on 22 x 11 cells.
 * SPDX-License-Identifier: MIT */
#include "world.h"

#include <stdlib.h>

#include "base/mem.h"

/* What a picture is drawn with. */
struct look {
  struct paint body, side; /* the thing, and its shaded side */
  struct paint part;       /* handles, legs: a neutral that stands out from the background */
  struct paint pale, dark; /* faces, openings */
  int form;                /* 0, 1, 2 */
  int turn;                /* a number for details: where the hands of a clock point */
};

/* Lab hues of the families, at a lightness and chroma for each tone; from sRGB tables. */
static const struct ink colors[10][3] = {
  [PINK] = {{253, 91, 148}, {241, 167, 186}, {144, 52, 84}},
  [RED] = {{223, 29, 38}, {233, 150, 136}, {137, 42, 35}},
  [ORANGE] = {{252, 135, 0}, {235, 175, 129}, {139, 79, 24}},
  [YELLOW] = {{244, 208, 0}, {238, 214, 139}, {144, 123, 30}},
  [GREEN] = {{74, 163, 67}, {154, 199, 144}, {53, 94, 47}},
  [TEAL] = {{11, 168, 158}, {135, 206, 198}, {0, 96, 90}},
  [AZURE] = {{0, 174, 218}, {138, 202, 229}, {0, 98, 124}},
  [BLUE] = {{0, 102, 203}, {153, 169, 227}, {0, 60, 126}},
  [PURPLE] = {{141, 73, 181}, {189, 153, 206}, {89, 49, 111}},
  [MONOCHROME] = {{246, 246, 246}, {186, 186, 186}, {58, 58, 58}},
};

/* Backgrounds by brightness: warm and cool greys, and hardly coloured hues. */
static const struct ink grounds[3][2] = {
  [BRIGHT] = {{243, 237, 228}, {224, 233, 241}},
  [MEDIUM] = {{145, 135, 127}, {124, 133, 141}},
  [DARK] = {{53, 44, 39}, {35, 43, 52}},
};
static const struct ink hued_grounds[10][3] = {
  [PINK] = {{244, 213, 220}, {165, 123, 134}, {68, 41, 48}},
  [RED] = {{245, 214, 208}, {166, 125, 117}, {68, 42, 37}},
  [ORANGE] = {{240, 217, 201}, {158, 128, 107}, {63, 44, 30}},
  [YELLOW] = {{230, 220, 198}, {145, 133, 103}, {55, 48, 28}},
  [GREEN] = {{210, 225, 205}, {118, 140, 113}, {37, 52, 34}},
  [TEAL] = {{194, 228, 223}, {94, 143, 138}, {17, 54, 51}},
  [AZURE] = {{196, 225, 239}, {96, 140, 160}, {17, 52, 65}},
  [BLUE] = {{215, 220, 243}, {126, 133, 164}, {42, 48, 68}},
  [PURPLE] = {{230, 216, 237}, {147, 127, 156}, {56, 44, 63}},
  [MONOCHROME] = {{222, 222, 222}, {128, 128, 128}, {28, 28, 28}},
};

static const struct ink white = {250, 248, 244}, black = {28, 27, 30};

/* Body, then its right side in shade: everything right of x that is body. */
static void fill_shaded(struct canvas *c, const struct look *look, int x)
{
  canvas_fill_and_keep(c, look->body);
  canvas_rect(c, CUT, -512, -512, 512 + x, 1536);
  canvas_fill(c, look->side);
}

/* A ring, open or not: the outline of an ellipse. */
static void ring(struct canvas *c, int x, int y, int rx, int ry, int width)
{
  canvas_ellipse(c, ADD, x, y, rx, ry);
  canvas_ellipse(c, CUT, x, y, rx - width, ry - width);
}

static void draw_mug(struct canvas *c, const struct look *look)
{
  static const int tapered[] = {84, 130, 348, 130, 304, 420, 128, 420};
  int handle_x = look->form == 1 ? 322 : 346;
  ring(c, handle_x, 256, 96, 92, 40);
  canvas_rect(c, CUT, -512, -512, 512 + handle_x - 30, 1536);
  canvas_fill(c, look->side);
  if (look->form == 1)
    canvas_polygon(c, ADD, tapered, 4);
  else {
    canvas_round(c, ADD, 84, 130, 264, 290, look->form == 0 ? 40 : 128);
    canvas_rect(c, ADD, 84, 130, 264, 140);
  }
  fill_shaded(c, look, 286);
  canvas_ellipse(c, ADD, 217, 132, 133, 34);
  canvas_fill(c, look->pale);
  canvas_ellipse(c, ADD, 217, 136, 110, 22);
  canvas_fill(c, look->dark);
}

static void draw_lamp(struct canvas *c, const struct look *look)
{
  static const int cone[] = {180, 60, 332, 60, 436, 270, 76, 270};
  canvas_rect(c, ADD, 242, 250, 28, 170);
  if (look->form == 2)
    canvas_ellipse(c, ADD, 256, 350, 66, 76);
  canvas_round(c, ADD, 156, 408, 200, 44, 20);
  canvas_fill(c, look->part);
  canvas_ellipse(c, ADD, 256, 272, 70, 40);
  canvas_fill(c, look->pale);
  if (look->form == 0)
    canvas_polygon(c, ADD, cone, 4);
  else if (look->form == 1) {
    canvas_ellipse(c, ADD, 256, 270, 186, 206);
    canvas_rect(c, CUT, 0, 270, 512, 300);
  } else
    canvas_round(c, ADD, 96, 70, 320, 200, 18);
  fill_shaded(c, look, 340);
}

static void draw_shirt(struct canvas *c, const struct look *look)
{
  static const int tee[] = {166, 96,  346, 96,  410, 118, 486, 232, 408, 284, 374, 236,
                            374, 440, 138, 440, 138, 236, 104, 284, 26,  232, 102, 118};
  static const int sleeved[] = {166, 92,  346, 92,  410, 116, 470, 400, 394, 414, 366, 262,
                                366, 440, 146, 440, 146, 262, 118, 414, 42,  400, 102, 116};
  static const int vee[] = {196, 80, 316, 80, 256, 200};
  canvas_polygon(c, ADD, look->form == 1 ? sleeved : tee, 12);
  if (look->form == 2)
    canvas_polygon(c, CUT, vee, 3);
  else
    canvas_ellipse(c, CUT, 256, 92, 56, 40);
  fill_shaded(c, look, 366);
  if (look->form == 1) {
    canvas_rect(c, ADD, 246, 132, 20, 308);
    canvas_fill(c, look->pale);
    for (int y = 170; y < 430; y += 64)
      canvas_ellipse(c, ADD, 256, y, 9, 9);
    canvas_fill(c, look->dark);
  } else {
    canvas_rect(c, ADD, 138, 408, 236, 32);
    canvas_fill(c, look->side);
  }
}

static void draw_chair(struct canvas *c, const struct look *look)
{
  canvas_line(c, ADD, 150, 320, 118, 462, 30);
  canvas_line(c, ADD, 362, 320, 394, 462, 30);
  canvas_line(c, ADD, 206, 320, 194, 430, 24);
  canvas_line(c, ADD, 306, 320, 318, 430, 24);
  if (look->form != 2) {
    canvas_rect(c, ADD, 166, 200, 26, 110);
    canvas_rect(c, ADD, 320, 200, 26, 110);
  }
  canvas_fill(c, look->part);
  if (look->form == 0)
    canvas_round(c, ADD, 134, 44, 244, 196, 36);
  else if (look->form == 1)
    canvas_ellipse(c, ADD, 256, 146, 128, 112);
  else
    canvas_round(c, ADD, 108, 60, 296, 290, 90);
  fill_shaded(c, look, 340);
  canvas_round(c, ADD, 112, 282, 288, 66, 30);
  canvas_fill(c, look->side);
  if (look->form == 2) {
    canvas_round(c, ADD, 70, 206, 76, 170, 36);
    canvas_round(c, ADD, 366, 206, 76, 170, 36);
    canvas_fill(c, paint_plain(look->side.ink));
  }
}

static void draw_bag(struct canvas *c, const struct look *look)
{
  static const int tote[] = {112, 190, 400, 190, 440, 450, 72, 450};
  ring(c, 256, look->form == 2 ? 116 : 196, look->form == 2 ? 56 : 92, look->form == 2 ? 60 : 136,
       28);
  canvas_rect(c, CUT, 0, 210, 512, 300);
  canvas_fill(c, look->part);
  if (look->form == 0) {
    canvas_polygon(c, ADD, tote, 4);
    fill_shaded(c, look, 356);
    canvas_rect(c, ADD, 112, 190, 288, 30);
    canvas_fill(c, look->side);
  } else if (look->form == 1) {
    canvas_round(c, ADD, 62, 180, 388, 260, 44);
    canvas_fill(c, look->body);
    canvas_round(c, ADD, 62, 180, 388, 140, 44);
    canvas_fill(c, look->side);
    canvas_round(c, ADD, 226, 286, 60, 70, 12);
    canvas_fill(c, look->pale);
  } else {
    canvas_round(c, ADD, 116, 92, 280, 360, 110);
    fill_shaded(c, look, 346);
    canvas_round(c, ADD, 156, 280, 200, 130, 30);
    canvas_fill(c, paint_plain(look->side.ink));
    canvas_rect(c, ADD, 156, 306, 200, 18);
    canvas_fill(c, look->pale);
  }
}

static void draw_poster(struct canvas *c, const struct look *look)
{
  static const int hills[] = {108, 390, 108, 300, 196, 220, 270, 310, 330, 250, 404, 330, 404, 390};
  canvas_rect(c, ADD, 76, 40, 360, 432);
  canvas_fill(c, look->part);
  canvas_rect(c, ADD, 92, 56, 328, 400);
  canvas_fill(c, look->pale);
  canvas_rect(c, ADD, 108, 72, 296, 318);
  canvas_fill(c, look->body);
  if (look->form == 0) {
    canvas_ellipse(c, ADD, 318, 148, 48, 48);
    canvas_fill(c, look->pale);
    canvas_polygon(c, ADD, hills, 7);
    canvas_fill(c, paint_plain(look->side.ink));
  } else if (look->form == 1) {
    canvas_ellipse(c, ADD, 256, 231, 112, 112);
    canvas_fill_and_keep(c, look->pale);
    canvas_rect(c, KEEP, 0, 231, 512, 200);
    canvas_fill(c, look->dark);
  } else {
    for (int k = 0; k < 3; k++)
      canvas_line(c, ADD, 170 + 86 * k, 350, 170 + 86 * k, 130 + (k * 83 + look->turn * 41) % 130,
                  46);
    canvas_fill(c, look->dark);
  }
  canvas_rect(c, ADD, 140, 412, 232, 18);
  canvas_fill(c, look->dark);
}

static void draw_clock(struct canvas *c, const struct look *look)
{
  static const int hand[8][2] = {{0, -92}, {65, -65}, {92, 0},  {65, 65},
                                 {0, 92},  {-65, 65}, {-92, 0}, {-65, -65}};
  if (look->form == 2) {
    canvas_line(c, ADD, 150, 400, 110, 466, 34);
    canvas_line(c, ADD, 362, 400, 402, 466, 34);
    canvas_ellipse(c, ADD, 140, 98, 64, 54);
    canvas_ellipse(c, ADD, 372, 98, 64, 54);
    canvas_fill(c, look->part);
  }
  if (look->form == 1)
    canvas_round(c, ADD, 60, 60, 392, 392, 56);
  else
    canvas_ellipse(c, ADD, 256, 262, 196, 196);
  canvas_fill(c, look->body);
  canvas_ellipse(c, ADD, 256, 262, 126, 126);
  canvas_fill(c, look->pale);
  const int *minute = hand[look->turn % 8], *hour = hand[(look->turn / 8 + 3) % 8];
  canvas_line(c, ADD, 256, 262, 256 + minute[0], 262 + minute[1], 24);
  canvas_line(c, ADD, 256, 262, 256 + hour[0] * 2 / 3, 262 + hour[1] * 2 / 3, 30);
  canvas_fill(c, look->dark);
}

static void draw_umbrella(struct canvas *c, const struct look *look)
{
  int scallops = look->form == 2 ? 5 : 4 - look->form, height = look->form == 2 ? 150 : 216;
  int top = 276 - height, width = 436 / scallops;
  canvas_line(c, ADD, 256, top - 26, 256, 420, 20);
  canvas_fill(c, look->part);
  ring(c, 298, 420, 52, 52, 22);
  canvas_rect(c, CUT, 0, 0, 512, 420);
  canvas_fill(c, look->part);
  canvas_ellipse(c, ADD, 256, 276, 218, height);
  canvas_rect(c, CUT, 0, 276, 512, 300);
  for (int k = 0; k < scallops; k++)
    canvas_ellipse(c, CUT, 38 + width * k + width / 2, 280, width / 2 - 2, 30);
  canvas_fill_and_keep(c, look->body);
  canvas_ellipse(c, CUT, 256, 276, 96, height + 4);
  canvas_rect(c, CUT, 0, 0, 256, 512);
  canvas_fill(c, look->side);
}

static void draw_vase(struct canvas *c, const struct look *look)
{
  static const int conical[] = {160, 210, 352, 210, 318, 462, 194, 462};
  static const int stems[3][2] = {{162, 98}, {262, 62}, {358, 110}};
  for (int k = 0; k < 3; k++)
    canvas_line(c, ADD, 256, 250, stems[k][0], stems[k][1], 14);
  for (int k = 0; k < 3; k++)
    canvas_ellipse(c, ADD, stems[k][0], stems[k][1], 38, 38);
  canvas_fill(c, look->part);
  if (look->form == 0) {
    canvas_ellipse(c, ADD, 256, 350, 138, 118);
    canvas_rect(c, ADD, 206, 190, 100, 120);
    canvas_round(c, ADD, 186, 180, 140, 36, 16);
  } else if (look->form == 1) {
    canvas_polygon(c, ADD, conical, 4);
    canvas_round(c, ADD, 146, 190, 220, 44, 20);
  } else {
    canvas_round(c, ADD, 152, 200, 208, 266, 100);
    canvas_rect(c, ADD, 190, 180, 132, 90);
    ring(c, 152, 280, 62, 62, 26);
    ring(c, 360, 280, 62, 62, 26);
  }
  fill_shaded(c, look, 310);
}

static void (*const draw_kind[KINDS])(struct canvas *, const struct look *) = {
  draw_mug,    draw_lamp,  draw_shirt,    draw_chair, draw_bag,
  draw_poster, draw_clock, draw_umbrella, draw_vase,
};

static struct ink ground_of(const struct item *item)
{
  static const enum color across[] = {
    [PINK] = TEAL, [RED] = AZURE,   [ORANGE] = BLUE, [YELLOW] = PURPLE, [GREEN] = PINK,
    [TEAL] = RED,  [AZURE] = ORANGE, [BLUE] = YELLOW, [PURPLE] = GREEN,
  };
  int background = item->value[KEY_BACKGROUND], color = item->value[KEY_COLOR];
  switch (item->value[KEY_TINT]) {
  case OWN:
    return hued_grounds[color][background];
  case OTHER:
    return hued_grounds[across[color]][background];
  default:
    return grounds[background][item->value[KEY_TINT]];
  }
}

static void draw_ground(struct canvas *c, const struct item *item)
{
  static const int corner[] = {0, 0, 512, 0, 0, 512};
  struct ink ground = ground_of(item);
  bool is_dark = item->value[KEY_BACKGROUND] == DARK;
  struct ink other = is_dark ? ink_mix(ground, white, 16) : ink_mix(ground, black, 13);
  canvas_rect(c, ADD, 0, 0, 512, 512);
  canvas_fill(c, paint_plain(ground));
  switch (item->value[KEY_BACKDROP]) {
  case TABLE:
    canvas_rect(c, ADD, 0, 396, 512, 116);
    break;
  case DISC:
    canvas_ellipse(c, ADD, 256, 256, 226, 226);
    break;
  case SPLIT:
    canvas_polygon(c, ADD, corner, 3);
    break;
  case ARCH:
    canvas_ellipse(c, ADD, 256, 230, 200, 200);
    canvas_rect(c, ADD, 56, 230, 400, 282);
    break;
  default:
    break;
  }
  canvas_fill(c, paint_plain(other));
}

static struct look look_of(const struct item *item, struct rng *rng)
{
  int tone = item->value[KEY_TONE], background = item->value[KEY_BACKGROUND];
  const struct ink *family = colors[item->value[KEY_COLOR]];
  struct ink pale = hued_grounds[item->value[KEY_COLOR]][BRIGHT];
  struct ink second = background == BRIGHT ? family[SOFT] : pale;
  if (tone == SOFT || (item->value[KEY_COLOR] == MONOCHROME && tone == VIVID))
    second = family[DEEP];
  struct look look = {.body = {family[tone], second, (enum pattern)item->value[KEY_PATTERN]},
                      .form = (int)rng_below(rng, 3),
                      .turn = (int)rng_below(rng, 64)};
  look.side = paint_darker(look.body, 80);
  static const struct ink ash = {196, 190, 184}, coal = {48, 44, 46};
  look.part = paint_plain(background == DARK ? ash : coal);
  look.pale = paint_plain(white);
  look.dark = paint_plain(black);
  return look;
}

void draw_item(const struct item *item, uint64_t seed, struct buf *out)
{
  struct rng rng =
    world_rng(seed, FOR_PICTURE, item->kind * PER_KIND + item->number);
  struct canvas *c = mem_zero(1, sizeof *c);
  struct look look = look_of(item, &rng);
  c->percent = 100;
  draw_ground(c, item);
  c->percent = 90 + (int)rng_below(&rng, 15);
  c->dx = (int)rng_below(&rng, 25) - 12;
  c->dy = (int)rng_below(&rng, 17) - 8;
  c->is_mirrored = rng_below(&rng, 2);
  draw_kind[item->kind](c, &look);
  canvas_png(c, out);
  free(c);
}
