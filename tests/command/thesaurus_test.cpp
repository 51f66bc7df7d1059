// WordNet in the command, on the small database of our own.
#include "shell.hpp"

#include "../thesaurus/small_wordnet.hpp"
#include <boost/test/unit_test.hpp>
#include <string>

namespace {
struct thesaurus_folder : folder {
    thesaurus_folder() { write_small_wordnet(root / "wn"); }
};
}

BOOST_AUTO_TEST_SUITE(thesaurus)

BOOST_FIXTURE_TEST_CASE(a_word_is_shown_with_its_synsets, thesaurus_folder) {
    auto const run = shell("wordmill thesaurus dogs --folder wn");
    BOOST_TEST(run.code == 0);
    BOOST_TEST(run.output
               == "dog.n.01: an animal that barks\n"
                  "  example: the dog barked\n"
                  "  example: walk the dog\n"
                  "  lemmas: dog, hound\n"
                  "  path: thing.n.01 > being.n.01 > animal.n.01 > dog.n.01\n"
                  "  path: thing.n.01 > being.n.01 > pet.n.01 > dog.n.01\n"
                  "  path: thing.n.01 > object.n.01 > belonging.n.01 > pet.n.01 > dog.n.01\n"
                  "dog.n.02: a bad thing\n"
                  "  lemmas: dog\n"
                  "  path: thing.n.01 > dog.n.02\n");
    BOOST_TEST(shell("wordmill thesaurus wax --folder wn").output == "wax.v.01: grow\n  lemmas: wax, goose\n");
}

BOOST_FIXTURE_TEST_CASE(several_words_and_relations_are_shown, thesaurus_folder) {
    auto const run = shell("wordmill thesaurus 'Motor car' rubber --relations --folder wn");
    BOOST_TEST(run.output
               == "Motor car:\n"
                  "car.n.01: a vehicle with four wheels\n"
                  "  example: by car\n"
                  "  lemmas: car, Motor_car\n"
                  "  path: thing.n.01 > object.n.01 > tool.n.01 > vehicle.n.01 > car.n.01\n"
                  "  hypernym: vehicle.n.01\n"
                  "  part meronym: wheel.n.01\n"
                  "\n"
                  "rubber:\n"
                  "rubber.n.01: what wheels are made of\n"
                  "  lemmas: rubber\n"
                  "  path: thing.n.01 > rubber.n.01\n"
                  "  hypernym: thing.n.01\n"
                  "  substance holonym: wheel.n.01\n");
}

BOOST_FIXTURE_TEST_CASE(the_same_is_written_as_json, thesaurus_folder) {
    BOOST_TEST(
        shell("wordmill thesaurus rubber --folder wn --format json").output
        == "{\"word\":\"rubber\",\"synsets\":[{\"name\":\"rubber.n.01\",\"definition\":\"what wheels are made "
           "of\",\"examples\":[],\"lemmas\":[\"rubber\"],\"hypernym_paths\":[[\"thing.n.01\",\"rubber.n.01\"]]}]}\n");
    BOOST_TEST(contains(shell("wordmill thesaurus rubber --folder wn --format json --relations").output,
                        ",\"relations\":{\"hypernym\":[\"thing.n.01\"],\"substance holonym\":[\"wheel.n.01\"]}}]}\n"));
    BOOST_TEST(shell("wordmill thesaurus similarity dog.n.01 animal.n.01 --folder wn --format json").output
               == "{\"first\":\"dog.n.01\",\"second\":\"animal.n.01\",\"path\":0.5,\"wu_palmer\":0.8571428571428571,"
                  "\"leacock_chodorow\":1.3862943611198906}\n"); // 6 / 7, ln 4
    BOOST_TEST(contains(shell("wordmill thesaurus similarity dog.n.01 run.v.01 --folder wn --format json").output,
                        "\"path\":null,\"wu_palmer\":null,\"leacock_chodorow\":null}"));
}

BOOST_FIXTURE_TEST_CASE(synsets_are_compared, thesaurus_folder) {
    BOOST_TEST(shell("wordmill thesaurus similarity dog.n.01 cat.n.01 --folder wn").output
               == "path\t0.3333\nWu-Palmer\t0.7500\nLeacock-Chodorow\t0.9808\n"); // 1/3, 6/8, ln(8/3)
    BOOST_TEST(shell("wordmill thesaurus similarity dog.n.01 run.v.01 --folder wn").output
               == "path\tnone\nWu-Palmer\tnone\nLeacock-Chodorow\tnone\n");
}

BOOST_FIXTURE_TEST_CASE(what_is_missing_is_named, thesaurus_folder) {
    fails("wordmill thesaurus --folder wn", 2, "expected a word, found none");
    fails("wordmill thesaurus unheard --folder wn", 65, "expected a word that WordNet has, found 'unheard'");
    fails("wordmill thesaurus --folder wn -- similarity", 65, "a word that WordNet has, found 'similarity'");
    fails("wordmill thesaurus similarity dog.n.01 --folder wn", 2, "names");
    fails("wordmill thesaurus similarity dog cat.n.01 --folder wn", 65, "a name such as car.n.01");
    fails("wordmill thesaurus dog --folder none", 66, "expected the file data.noun");
    fails("WNSEARCHDIR=none wordmill thesaurus dog", 69, "apt-get install wordnet-base");
    fails("WNSEARCHDIR=wn wordmill thesaurus cat", 0, "cat.n.01");
    fails("WNSEARCHDIR= NLTK_DATA=$PWD/data wordmill thesaurus dog --folder auto --format yes", 2, "--format");
    write_small_wordnet(root / "data/corpora/wordnet31");
    fails("WNSEARCHDIR= NLTK_DATA=$PWD/data wordmill thesaurus cat", 0, "an animal that purrs");
}

BOOST_FIXTURE_TEST_CASE(word_vectors_are_compared_with_the_thesaurus, thesaurus_folder) {
    write("v.txt", "dog 1 0\nrun 1 1\ncat 1 0\ncar 0 1\nwheel 0 0\n");
    BOOST_TEST(shell("wordmill evaluate v.txt --thesaurus wn").output
               == "thesaurus: Spearman 1.0000 over 10,000 pairs of 3 nouns (1 words are no nouns; 1 with a vector that "
                  "is zero)\n"); // dog and cat have the largest cosine and path similarity, the rest is equal
    BOOST_TEST(shell("wordmill evaluate v.txt --thesaurus wn --format json --thesaurus-pairs 100 --seed 3").output
               == "{\"set\":\"thesaurus\",\"spearman\":1.000000,\"pairs\":100,\"nouns\":3,\"other_words\":1,"
                  "\"zero_vectors\":1}\n");
    fails("WNSEARCHDIR=wn wordmill evaluate v.txt --thesaurus auto --max-words 1", 0,
          "Spearman none over 0 pairs of 1 nouns");
    fails("wordmill evaluate v.txt --thesaurus wn --thesaurus-pairs 0", 2, "--thesaurus-pairs");
    fails("wordmill evaluate v.txt --thesaurus none", 66, "data.noun");
    fails("wordmill evaluate v.txt", 2, "--thesaurus with a folder, found none");
}

BOOST_AUTO_TEST_SUITE_END()
