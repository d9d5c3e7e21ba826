# films.sh - sourced by script tests: a small source with real pictures, made in $scratch/films
# SPDX-License-Identifier: MIT

picture_red=iVBORw0KGgoAAAANSUhEUgAAABAAAAAMCAIAAADkharWAAAAIklEQVR42mPQEBGBoxNycnCES5xhEGogRhGy+GDUMAziAQA4Gn+BF1xcBgAAAABJRU5ErkJggg==
picture_blue=iVBORw0KGgoAAAANSUhEUgAAABAAAAAMCAIAAADkharWAAAAIklEQVR42mP48OEXHMnZ3IEjXOIMg1ADMYqQxQejhmEQDwDwjIYQFATXjgAAAABJRU5ErkJggg==
# says that it is 20000 x 20000
picture_huge=iVBORw0KGgoAAAANSUhEUgAATiAAAE4gCAIAAABsEtFuAAAAIklEQVR42mP48OEXHMnZ3IEjXOIMg1ADMYqQxQejhmEQDwDwjIYQFATXjgAAAABJRU5ErkJggg==

# line CELL...: the cells with tabs between them
line() {
  first=$1
  shift
  printf '%s' "$first"
  [ $# -eq 0 ] || printf '\t%s' "$@"
  printf '\n'
}

make_films() {
  mkdir -p "$scratch/films/images"
  {
    line item_id:token title:token_seq year:token genres:token_seq plot:token_seq
    line 7 'Toy Story' 1995 "Animation,Children's,Comedy" 'A cowboy doll is jealous when a new toy comes to the boy.'
    line 3 Heat 1995 Action,Crime 'A group of bank robbers feel the heat from the police.'
    line 9 Fargo 1996 Crime,Drama "A salesman's crime falls apart under a patient policewoman."
    line 12 'Der Himmel über Berlin' 1987 Drama,Fantasy 'An angel falls in love and wants to live in Berlin.'
  } >"$scratch/films/films.item"
  {
    line user_id:token item_id:token rating:float timestamp:float
    for user in ada bob eve; do
      line $user 7 5 100
      line $user 3 4 90
      line $user 9 2 110
    done
    line zoe 12 1 70
  } >"$scratch/films/films.inter"
  echo $picture_red | base64 -d >"$scratch/films/images/7.png"
  echo $picture_blue | base64 -d >"$scratch/films/images/3.png"
  echo $picture_blue | base64 -d >"$scratch/films/images/9.png"
  echo $picture_red | base64 -d >"$scratch/films/images/12.png"
}
