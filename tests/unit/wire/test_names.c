/* test_names.c -- code.c and opcode.c: the words that operators and clients see. */
#include "lib/zk_test.h"
#include "wire/code.h"
#include "wire/opcode.h"

static void result_codes_have_the_texts_of_upstreams_clients(void)
{
    CU_ASSERT_STRING_EQUAL(zk_code_text(ZK_CODE_OK), "Ok");
    CU_ASSERT_STRING_EQUAL(zk_code_text(-101), "NoNode");
    CU_ASSERT_STRING_EQUAL(zk_code_text(-111), "Directory not empty");
    CU_ASSERT_STRING_EQUAL(zk_code_text(-124),
                           "Session closed because client failed to authenticate");
}

static void an_unknown_result_code_has_no_text(void)
{
    CU_ASSERT_PTR_NULL(zk_code_text(1));
    CU_ASSERT_PTR_NULL(zk_code_text(-104));
}

static void operations_have_a_name_and_an_abbreviation(void)
{
    CU_ASSERT_STRING_EQUAL(zk_opcode_name(ZK_OP_CREATE), "create");
    CU_ASSERT_STRING_EQUAL(zk_opcode_name(ZK_OP_GET_ALL_CHILDREN_NUMBER), "getAllChildrenNumber");
    CU_ASSERT_STRING_EQUAL(zk_opcode_name(ZK_OP_CLOSE_SESSION), "closeSession");
    CU_ASSERT_STRING_EQUAL(zk_opcode_abbreviation(ZK_OP_GET_CHILDREN2), "GETC");
    CU_ASSERT_STRING_EQUAL(zk_opcode_abbreviation(ZK_OP_CREATE_SESSION), "SESS");
    CU_ASSERT_STRING_EQUAL(zk_opcode_abbreviation(ZK_OP_CREATE_TTL), "CREA");
}

static void an_unknown_operation_has_no_name_and_the_abbreviation_na(void)
{
    CU_ASSERT_PTR_NULL(zk_opcode_name(10));
    CU_ASSERT_STRING_EQUAL(zk_opcode_abbreviation(10), "NA");
    CU_ASSERT_STRING_EQUAL(zk_opcode_abbreviation(ZK_OP_AUTH), "NA");
}

static const zk_test_t code_tests[] = {
    {"result codes have the texts of upstream's clients",
     result_codes_have_the_texts_of_upstreams_clients},
    {"an unknown result code has no text", an_unknown_result_code_has_no_text},
    {NULL, NULL}};

static const zk_test_t opcode_tests[] = {
    {"operations have a name and an abbreviation", operations_have_a_name_and_an_abbreviation},
    {"an unknown operation has no name and the abbreviation NA",
     an_unknown_operation_has_no_name_and_the_abbreviation_na},
    {NULL, NULL}};

ZK_TEST_SUITE(suite_code, "wire/code", code_tests, NULL, NULL);
ZK_TEST_SUITE(suite_opcode, "wire/opcode", opcode_tests, NULL, NULL);
