/* names.c - see names.h; first names that are common in English and its neighbours
 * SPDX-License-Identifier: MIT */
#include "engine/names.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

/* Names that both bear (Leslie, Robin, Kim) are left out. */
static const char *const women[] = {
  "Adele", "Agatha", "Agnes", "Alexandra", "Alice", "Alicia", "Alison", "Amanda", "Amelia", "Amy",
  "Ana", "Andie", "Angela", "Angelica", "Angelina", "Angie", "Anita", "Ann", "Anna", "Anne",
  "Annette", "Annie", "Antonia", "Audrey", "Ava", "Barbara", "Barbra", "Beatrice", "Bernadette",
  "Bess", "Beth", "Bette", "Betty", "Bianca", "Bonnie", "Bridget", "Brigitte", "Brooke",
  "Camilla", "Carla", "Carmen", "Carol", "Carole", "Carolina", "Caroline", "Carolyn", "Carrie",
  "Catherine", "Cathy", "Cecilia", "Celia", "Charlotte", "Cher", "Cheryl", "Chloe", "Christina",
  "Christine", "Cindy", "Claire", "Clara", "Claudette", "Claudia", "Colleen", "Courtney",
  "Cynthia", "Daisy", "Danielle", "Daphne", "Daryl", "Dawn", "Deanna", "Debbie", "Deborah",
  "Debra", "Demi", "Diana", "Diane", "Dianne", "Dolly", "Dolores", "Donna", "Doris", "Dorothy",
  "Edith", "Eileen", "Elaine", "Eleanor", "Elena", "Elisabeth", "Eliza", "Elizabeth", "Ella",
  "Ellen", "Elsa", "Emilia", "Emily", "Emma", "Emmanuelle", "Erica", "Erin", "Esther", "Ethel",
  "Eva", "Eve", "Evelyn", "Fanny", "Faye", "Felicity", "Fiona", "Florence", "Frances",
  "Gabrielle", "Gena", "Geneva", "Geraldine", "Gillian", "Gina", "Ginger", "Glenda", "Gloria",
  "Goldie", "Grace", "Greta", "Gwen", "Gwyneth", "Halle", "Hannah", "Harriet", "Heather", "Heidi",
  "Helen", "Helena", "Helene", "Hilary", "Holly", "Ida", "Ingrid", "Irene", "Iris", "Isabel",
  "Isabella", "Isabelle", "Jacqueline", "Jada", "Jane", "Janeane", "Janet", "Janice", "Jeanne",
  "Jenna", "Jennifer", "Jenny", "Jessica", "Jill", "Joan", "Joanna", "Joanne", "Jodie",
  "Josephine", "Joyce", "Juanita", "Judith", "Judy", "Julia", "Juliana", "Julianne", "Julie",
  "Juliet", "Juliette", "June", "Karen", "Kate", "Katharine", "Katherine", "Kathleen", "Kathryn",
  "Kathy", "Katie", "Kirsten", "Kristen", "Kristin", "Kristina", "Kyra", "Laura", "Lauren",
  "Lena", "Lesley", "Lila", "Lili", "Lillian", "Lily", "Linda", "Lisa", "Liv", "Lois", "Lola",
  "Loretta", "Lori", "Lorraine", "Louisa", "Louise", "Lucia", "Lucille", "Lucy", "Lydia", "Lynn",
  "Madeleine", "Madeline", "Madonna", "Mae", "Maggie", "Margaret", "Margot", "Maria", "Marianne",
  "Marie", "Marilyn", "Marina", "Marisa", "Marlee", "Marlene", "Martha", "Mary", "Matilda",
  "Maud", "Maureen", "Meg", "Melanie", "Melinda", "Melissa", "Mercedes", "Meryl", "Mia",
  "Michele", "Michelle", "Mildred", "Mimi", "Minnie", "Mira", "Miranda", "Miriam", "Molly",
  "Monica", "Myrna", "Nancy", "Naomi", "Nastassja", "Natalie", "Natasha", "Nathalie", "Nell",
  "Nicole", "Nina", "Nora", "Norma", "Olga", "Olivia", "Olympia", "Ophelia", "Pamela", "Parker",
  "Patricia", "Patty", "Paula", "Pauline", "Penelope", "Phoebe", "Phyllis", "Polly", "Rachel",
  "Rebecca", "Regina", "Renee", "Rhea", "Rita", "Rosa", "Rosalind", "Rosanna", "Rose", "Rosemary",
  "Rosie", "Ruth", "Sally", "Salma", "Samantha", "Sandra", "Sara", "Sarah", "Scarlett", "Selma",
  "Sharon", "Shelley", "Shirley", "Sigourney", "Simone", "Sissy", "Sofia", "Sonia", "Sophia",
  "Sophie", "Stella", "Stephanie", "Stockard", "Susan", "Susannah", "Suzanne", "Sybil", "Sylvia",
  "Tara", "Teresa", "Teri", "Tess", "Thandie", "Theresa", "Tia", "Tilda", "Tina", "Uma", "Ursula",
  "Valeria", "Valerie", "Vanessa", "Vera", "Veronica", "Victoria", "Viola", "Virginia", "Vivica",
  "Vivien", "Wendy", "Whitney", "Whoopi", "Wilma", "Winona", "Yvonne", "Zelda", "Zoe",
};

static const char *const men[] = {
  "Aaron", "Abel", "Abraham", "Adam", "Adrian", "Aidan", "Akira", "Al", "Alain", "Alan", "Albert",
  "Alec", "Alexander", "Alfonso", "Alfred", "Allan", "Allen", "Ambrose", "Andre", "Andreas",
  "Andrew", "Andy", "Ang", "Anthony", "Antoine", "Anton", "Antonio", "Armand", "Arnold", "Art",
  "Arthur", "Barry", "Basil", "Ben", "Benicio", "Benjamin", "Bernard", "Bert", "Bill", "Billy",
  "Blake", "Bob", "Bobby", "Boris", "Brad", "Bradley", "Brandon", "Brendan", "Brian", "Bruce",
  "Bruno", "Bryan", "Burl", "Burt", "Buster", "Cameron", "Carl", "Carlos", "Cary", "Cecil",
  "Charles", "Charlie", "Charlton", "Chazz", "Chevy", "Chris", "Christian", "Christopher",
  "Chuck", "Clark", "Claude", "Clint", "Clive", "Colin", "Colm", "Craig", "Cuba", "Dan", "Daniel",
  "Danny", "David", "Dean", "DeForest", "Delroy", "Denis", "Dennis", "Denzel", "Derek", "Dick",
  "Dirk", "Dolph", "Dominic", "Don", "Donald", "Douglas", "Dudley", "Dustin", "Dwight", "Ed",
  "Eddie", "Edgar", "Edmund", "Eduardo", "Edward", "Edwin", "Eli", "Elia", "Elias", "Elijah",
  "Elliott", "Emil", "Emilio", "Eric", "Erik", "Ernest", "Errol", "Ethan", "Eugene", "Federico",
  "Felix", "Fernando", "Forest", "Francesco", "Francis", "Francisco", "Frank", "Franklin", "Fred",
  "Freddie", "Frederick", "Fritz", "Gabriel", "Gary", "Gene", "Geoffrey", "George", "Gerald",
  "Gerard", "Gilbert", "Giovanni", "Glenn", "Gordon", "Graham", "Greg", "Gregory", "Guido",
  "Guillermo", "Gus", "Guy", "Hal", "Hans", "Harold", "Harrison", "Harry", "Harvey", "Hector",
  "Henri", "Henry", "Herbert", "Herman", "Howard", "Hugh", "Hugo", "Humphrey", "Ian", "Igor",
  "Ingmar", "Ivan", "Jack", "Jackie", "Jacob", "Jacques", "James", "Jamie", "Jared", "Jason",
  "Javier", "Jean-Claude", "Jean-Luc", "Jeff", "Jeffrey", "Jeremy", "Jerry", "Jim", "Jimmy",
  "Joe", "Joel", "Johann", "Johannes", "John", "Johnny", "Jon", "Jonathan", "Jorge", "Jose",
  "Joseph", "Joshua", "Juan", "Judd", "Jules", "Julian", "Julius", "Justin", "Karl", "Keanu",
  "Keith", "Ken", "Kenneth", "Kenny", "Kevin", "Kiefer", "Kirk", "Klaus", "Kurt", "Kyle", "Larry",
  "Lars", "Laurence", "Lawrence", "Leif", "Leo", "Leonard", "Leonardo", "Liam", "Lloyd", "Louis",
  "Luc", "Luis", "Luke", "Malcolm", "Marc", "Marcel", "Marcello", "Marco", "Mario", "Mark",
  "Marlon", "Martin", "Marvin", "Matt", "Matthew", "Maurice", "Max", "Maximilian", "Mel",
  "Michael", "Michel", "Mickey", "Miguel", "Mike", "Milos", "Morgan", "Nathan", "Neil", "Nelson",
  "Nicholas", "Nick", "Nicolas", "Nigel", "Noah", "Noel", "Norman", "Oliver", "Omar", "Orson",
  "Oscar", "Otto", "Owen", "Pablo", "Paolo", "Patrick", "Paul", "Pedro", "Pete", "Peter", "Phil",
  "Philip", "Philippe", "Pierce", "Pierre", "Quentin", "Ralph", "Randy", "Raul", "Ray", "Raymond",
  "Reginald", "Rex", "Ricardo", "Richard", "Rick", "Ridley", "River", "Rob", "Robert", "Roberto",
  "Rock", "Rod", "Rodney", "Roger", "Roland", "Roman", "Ron", "Ronald", "Rowan", "Roy", "Rudolf",
  "Rufus", "Rupert", "Russell", "Rutger", "Ryan", "Salvador", "Samuel", "Scott", "Sean",
  "Sebastian", "Sergei", "Sergio", "Seth", "Sidney", "Simon", "Spencer", "Spike", "Stan",
  "Stanley", "Stellan", "Stephen", "Steve", "Steven", "Stewart", "Stuart", "Sven", "Sylvester",
  "Ted", "Terence", "Terry", "Theodore", "Thomas", "Tim", "Timothy", "Tobias", "Todd", "Tom",
  "Tommy", "Tony", "Travis", "Tyrone", "Val", "Victor", "Viggo", "Vincent", "Vinnie", "Vittorio",
  "Walter", "Warren", "Wayne", "Werner", "Wesley", "Wilfred", "Will", "Willem", "William", "Wim",
  "Wolfgang", "Woody", "Yves", "Zachary",
};

/* A name of a list against the first `size` bytes of another. */
static int compare(const char *listed, const char *name, size_t size)
{
  int order = strncasecmp(listed, name, size);
  return order ? order : listed[size] != '\0';
}

/* The lists are in the order of strcasecmp. */
static bool is_among(const char *const *list, size_t count, const char *name, size_t size)
{
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = compare(list[middle], name, size);
    if (order == 0)
      return true;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return false;
}

enum name_gender name_gender(const char *name)
{
  size_t size = strcspn(name, " .");
  if (is_among(women, COUNT_OF(women), name, size))
    return NAME_WOMAN;
  return is_among(men, COUNT_OF(men), name, size) ? NAME_MAN : NAME_UNKNOWN;
}

bool names_agree(const char *old, const char *new_name)
{
  enum name_gender gender = name_gender(old);
  return gender == NAME_UNKNOWN || name_gender(new_name) == gender;
}
