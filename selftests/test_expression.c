/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Expressions of ARM templates: each function, how texts are quoted, what is malformed, what is not
 * known, and what must not take all time and memory.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "../policy-compiler/copy.h"
#include "../policy-compiler/parameter.h"
#include "fixture.h"

/* Quotes of JSON as they are: expressions have their own single ones. */
static const char tree_text[] =
	"{\"parameters\":{\"given\":{\"type\":\"string\"},\"size\":{\"type\":\"int\","
	"\"defaultValue\":3},\"missing\":{\"type\":\"string\"},\"maybe\":{\"type\":\"string\","
	"\"nullable\":true},\"named\":{\"type\":\"string\",\"defaultValue\":"
	"\"[concat(variables('text'),'!')]\"},\"wrong\":{\"type\":\"int\",\"defaultValue\":"
	"\"x\"}},\"variables\":{\"text\":\"abc\",\"Numbers\":[1,2,3],\"none\":null,"
	"\"object\":{\"Name\":\"n\",\"list\":[\"a\",\"b\"],\"deep\":{\"x\":1},\"nothing\":null},"
	"\"lazy\":\"[toUpper(variables('text'))]\",\"broken\":\"[concat('a']\","
	"\"self\":\"[variables('other')]\",\"other\":\"[variables('self')]\","
	"\"runtime\":\"[reference('x').y]\",\"mixed\":[\"a\",\"[resourceGroup().name]\"],"
	"\"copy\":[{\"name\":\"made\",\"count\":3,\"input\":"
	"\"[concat('v',copyIndex('made',1))]\"}],\"inside\":{\"copy\":[{\"name\":\"items\","
	"\"count\":\"[length(variables('Numbers'))]\",\"input\":{\"i\":"
	"\"[mul(2,copyIndex('items'))]\"}}],\"kept\":true}}}";

static struct fixture fixture;
static struct vfg_evaluation evaluation;
static struct vfg_template template;
static struct json_object *tree;

static void open_template(const char *text)
{
	static const char *const define[] = {"given=from outside"};
	const struct vfg_parameters parameters = {.define = define, .define_count = 1};

	cr_assert_eq(vfg_json_parse(&fixture.diag, "t", text, strlen(text), &tree), 0, "%s",
		     fixture_messages(&fixture));
	cr_assert_eq(vfg_evaluation_open(&evaluation, &fixture.diag, "t"), 0);
	template = (struct vfg_template){
		.evaluation = &evaluation,
		.name = "",
		.subscription = VFG_TEMPLATE_SUBSCRIPTION,
		.group = VFG_TEMPLATE_GROUP,
	};
	cr_assert_eq(vfg_parameter_declare(&template, tree), 0);
	if (vfg_template_find(&template, &template.parameters, "given"))
		cr_assert_eq(vfg_parameter_give(&template, &parameters), 0);
	cr_assert_eq(vfg_template_variables(&template, vfg_json_member(tree, "variables")), 0);
}

static void set_up(void)
{
	fixture_open(&fixture);
	open_template(tree_text);
}

static void tear_down(void)
{
	vfg_evaluation_close(&evaluation);
	json_object_put(tree);
	fixture_close(&fixture);
}

TestSuite(expression, .init = set_up, .fini = tear_down, .timeout = 60);

/* The value as JSON, "?" and why where it is not known, "!" and the message where it fails. */
static const char *evaluate(const char *text)
{
	struct json_object *source = json_object_new_string(text), *value = NULL;
	const char *why;
	int err;

	cr_assert_eq(vfg_evaluation_keep(&evaluation, source, &source), 0);
	fixture.diag.first = fixture.diag.last = NULL;
	err = vfg_template_value(&template, source, &value);
	if (err == -EINVAL) {
		cr_assert(fixture.diag.first, "%s", text);
		return vfg_arena_format(fixture.arena, "!%s", fixture.diag.last->text);
	}
	cr_assert_eq(err, 0, "%s", text);
	cr_expect_null(fixture.diag.first, "%s:%s", text, fixture_messages(&fixture));
	why = vfg_json_unresolved(fixture.arena, value);
	if (why)
		return vfg_arena_format(fixture.arena, "?%s", why);
	return json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
							     JSON_C_TO_STRING_NOSLASHESCAPE);
}

struct row {
	const char *text;
	const char *value;
};

static void expect(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *got = evaluate(rows[i].text);

		cr_expect_str_eq(got, rows[i].value, "%s: %s, not %s", rows[i].text, got,
				 rows[i].value);
	}
}

#define EXPECT(rows) expect(rows, sizeof(rows) / sizeof(*(rows)))

static const struct row spelling[] = {
	{"plain", "\"plain\""},
	{"[", "\"[\""},
	{"[]x", "\"[]x\""},
	{"[[escaped]", "\"[escaped]\""},
	{"[[not closed", "\"[[not closed\""},
	{"['text']", "\"text\""},
	{"['it''s']", "\"it's\""},
	{"['''']", "\"'\""},
	{"['']", "\"\""},
	{"['a]b[c(d)']", "\"a]b[c(d)\""},
	{"[42]", "42"},
	{"[-7]", "-7"},
	{"[9223372036854775807]", "9223372036854775807"},
	{"[-9223372036854775808]", "-9223372036854775808"},
	{"[true]", "true"},
	{"[False]", "false"},
	{"[null]", "null"},
	{"[ concat ( 'a' , 'b' ) ]", "\"ab\""},
	{"[\n  concat('a',\n\t'b')\r\n]", "\"ab\""},
	{"[CONCAT('a', PARAMETERS('SIZE'))]", "\"a3\""},
	{"[Variables('OBJECT').NAME]", "\"n\""},
	{"[variables('object')['name']]", "\"n\""},
	{"[variables('object')[concat('na','me')]]", "\"n\""},
	{"[variables('object').list[1]]", "\"b\""},
	{"[variables('object').deep.x]", "1"},
	{"[variables('numbers')[sub(parameters('size'),1)]]", "3"},
	{"[variables('object').?absent]", "null"},
	{"[variables('object').?deep.?x]", "1"},
	{"[variables('object')[?'absent']]", "null"},
	{"[variables('object').nothing]", "null"},
};

Test(expression, texts_are_read_as_the_platform_reads_them)
{
	EXPECT(spelling);
}

static const struct row functions[] = {
	{"[parameters('given')]", "\"from outside\""},
	{"[parameters('named')]", "\"abc!\""},
	{"[parameters('maybe')]", "null"},
	{"[variables('lazy')]", "\"ABC\""},
	{"[variables('none')]", "null"},
	{"[variables('made')]", "[\"v1\",\"v2\",\"v3\"]"},
	{"[variables('inside')]", "{\"kept\":true,\"items\":[{\"i\":0},{\"i\":2},{\"i\":4}]}"},
	{"[concat('a', 1, 'b')]", "\"a1b\""},
	{"[concat(createArray(1), variables('numbers'), createArray())]", "[1,1,2,3]"},
	{"[format('{0}-{1}-{0}', 'a', 5)]", "\"a-5-a\""},
	{"[format('{{{0}}}', 'a')]", "\"{a}\""},
	{"[format('{0:D3}', 7)]", "\"007\""},
	{"[if(equals(1,1), 'yes', 'no')]", "\"yes\""},
	{"[if(false(), variables('broken'), 'no')]", "\"no\""},
	{"[equals('a','A')]", "false"},
	{"[equals(createArray(1,2), createArray(1,2))]", "true"},
	{"[equals(1,'1')]", "false"},
	{"[not(true())]", "false"},
	{"[and(true(), true(), false())]", "false"},
	{"[or(false(), true())]", "true"},
	{"[and(false(), reference('x'))]", "false"},
	{"[or(reference('x'), true())]", "true"},
	{"[bool('True')]", "true"},
	{"[bool(0)]", "false"},
	{"[contains('OneTwo','Two')]", "true"},
	{"[contains('OneTwo','two')]", "false"},
	{"[contains(variables('object'),'NAME')]", "true"},
	{"[contains(variables('numbers'),2)]", "true"},
	{"[contains(variables('numbers'),'2')]", "false"},
	{"[contains(variables('mixed'),'a')]", "true"},
	{"[empty('')]", "true"},
	{"[empty(createArray())]", "true"},
	{"[empty(createObject())]", "true"},
	{"[empty(null())]", "true"},
	{"[empty('x')]", "false"},
	{"[length('na\xc3\xafve')]", "5"},
	{"[length(variables('numbers'))]", "3"},
	{"[length(variables('object'))]", "4"},
	{"[length(variables('mixed'))]", "2"},
	{"[first(variables('numbers'))]", "1"},
	{"[first('One')]", "\"O\""},
	{"[last(variables('numbers'))]", "3"},
	{"[last('One')]", "\"e\""},
	{"[take(variables('numbers'),2)]", "[1,2]"},
	{"[take('abc',9)]", "\"abc\""},
	{"[take('abc',-1)]", "\"\""},
	{"[skip(variables('numbers'),2)]", "[3]"},
	{"[skip('abc',1)]", "\"bc\""},
	{"[toLower('AbC')]", "\"abc\""},
	{"[toUpper('AbC')]", "\"ABC\""},
	{"[createArray('a',1,createObject('k','v'))]", "[\"a\",1,{\"k\":\"v\"}]"},
	{"[array('a')]", "[\"a\"]"},
	{"[array(variables('numbers'))]", "[1,2,3]"},
	{"[union(createArray(1,2),createArray(2,3))]", "[1,2,3]"},
	{"[union(createObject('a',1,'d',createObject('x',1)),createObject('A',2,'d',createObject("
	 "'y',2)))]",
	 "{\"a\":2,\"d\":{\"x\":1,\"y\":2}}"},
	{"[intersection(createArray(1,2,3),createArray(3,2))]", "[2,3]"},
	{"[intersection(createObject('a',1,'b',2),createObject('a',1,'b',3))]", "{\"a\":1}"},
	{"[split('a,b;c',',')]", "[\"a\",\"b;c\"]"},
	{"[split('a,b;c',createArray(',',';'))]", "[\"a\",\"b\",\"c\"]"},
	{"[split('',',')]", "[\"\"]"},
	{"[join(createArray('a',1,'c'),', ')]", "\"a, 1, c\""},
	{"[replace('a.b.c','.','--')]", "\"a--b--c\""},
	{"[substring('abcdef',1,3)]", "\"bcd\""},
	{"[substring('abcdef',4)]", "\"ef\""},
	{"[trim('  a b\t')]", "\"a b\""},
	{"[startsWith('abcdef','AB')]", "true"},
	{"[endsWith('abcdef','EF')]", "true"},
	{"[endsWith('a','ba')]", "false"},
	{"[indexOf('test','T')]", "0"},
	{"[lastIndexOf('test','t')]", "3"},
	{"[indexOf('abc','z')]", "-1"},
	{"[indexOf(createArray('a','b'),'b')]", "1"},
	{"[string(variables('numbers'))]", "\"[1,2,3]\""},
	{"[string(12)]", "\"12\""},
	{"[int('12')]", "12"},
	{"[json('{\"a\":[1]}')]", "{\"a\":[1]}"},
	{"[json('null')]", "null"},
	{"[json('true')]", "true"},
	{"[json('7')]", "7"},
	{"[min(3,1,2)]", "1"},
	{"[max(createArray(3,1,7))]", "7"},
	{"[range(5,3)]", "[5,6,7]"},
	{"[add(2,3)]", "5"},
	{"[sub(2,3)]", "-1"},
	{"[mul(2,3)]", "6"},
	{"[div(7,2)]", "3"},
	{"[mod(7,3)]", "1"},
	{"[greater(2,1)]", "true"},
	{"[greaterOrEquals(2,2)]", "true"},
	{"[less('a','b')]", "true"},
	{"[lessOrEquals(3,2)]", "false"},
	{"[coalesce(null(), variables('none'), 'x')]", "\"x\""},
	{"[coalesce(null())]", "null"},
	{"[tryGet(variables('object'),'deep','x')]", "1"},
	{"[tryGet(variables('object'),'absent','x')]", "null"},
	{"[map(range(1,3),lambda('n',mul(lambdaVariables('n'),10)))]", "[10,20,30]"},
	{"[filter(range(1,4),lambda('n',equals(mod(lambdaVariables('n'),2),0)))]", "[2,4]"},
	{"[padLeft(7,3,'0')]", "\"007\""},
};

Test(expression, functions_do_what_the_platform_documents)
{
	EXPECT(functions);
}

#define SUBSCRIPTION "/subscriptions/00000000-0000-0000-0000-000000000000"
#define GROUP	     SUBSCRIPTION "/resourceGroups/template"
#define ASG	     "Microsoft.Network/applicationSecurityGroups"

static const struct row ids[] = {
	{"[resourceId('" ASG "','a')]", "\"" GROUP "/providers/" ASG "/a\""},
	{"[resourceId('" ASG "/','a')]", "\"" GROUP "/providers/" ASG "/a\""},
	{"[resourceId('rg','" ASG "','a')]",
	 "\"" SUBSCRIPTION "/resourceGroups/rg/providers/" ASG "/a\""},
	{"[resourceId('s','rg','" ASG "','a')]",
	 "\"/subscriptions/s/resourceGroups/rg/providers/" ASG "/a\""},
	{"[resourceId(subscription().subscriptionId,resourceGroup().name,'" ASG "','a')]",
	 "\"" GROUP "/providers/" ASG "/a\""},
	{"[resourceId('Microsoft.Network/virtualNetworks/subnets','v','s')]",
	 "\"" GROUP "/providers/Microsoft.Network/virtualNetworks/v/subnets/s\""},
	{"[subscriptionResourceId('Microsoft.X/y','z')]",
	 "\"" SUBSCRIPTION "/providers/Microsoft.X/y/z\""},
	{"[extensionResourceId('/a/b','Microsoft.X/y','z')]", "\"/a/b/providers/Microsoft.X/y/z\""},
};

Test(expression, ids_have_placeholders_for_the_scope)
{
	EXPECT(ids);
}

/* A part of the message; it always begins with the expression. */
static const struct {
	const char *text;
	const char *says;
} faults[] = {
	{"[concat('a']", "',' or ')' is missing"},
	{"[concat('a'))]", "a bracket closes"},
	{"[concat('a' 'b')]", "before \"'b')"},
	{"['a' 'b']", "unexpected text"},
	{"['a]", "quote"},
	{"[concat]", "'(' is missing"},
	{"[ ]", "a value is missing"},
	{"[concat('a',)]", "a value is missing"},
	{"[variables('object').]", "name of a property"},
	{"[variables('object')['a'", NULL},
	{"[variables('object')['a'(]", "']' is missing"},
	{"[99999999999999999999]", "too large"},
	{"[variables('absent')]", "there are: made, text"},
	{"[parameters('absent')]", "there are: given"},
	{"[variables('object').absent]", "no property absent in variables('object')"},
	{"[variables('numbers')[3]]", "3 elements"},
	{"[variables('numbers')[-1]]", "none of index -1"},
	{"[variables('text').a]", "a string"},
	{"[variables('self')]", "defined by itself"},
	{"[variables('broken')]", "',' or ')' is missing"},
	{"[toLower(1)]", "argument 1 of toLower() is a number, it takes a string"},
	{"[toLower()]", "0 arguments, it takes 1"},
	{"[if(1,2,3)]", "boolean"},
	{"[concat(createArray(),'a')]", "all must be arrays"},
	{"[concat('a',null())]", "null"},
	{"[div(1,0)]", "by 0"},
	{"[mul(9223372036854775807,2)]", "too large"},
	{"[int('x')]", "not x"},
	{"[json('{')]", "json()"},
	{"[json('1,2')]", "one value"},
	{"[substring('abc',2,2)]", "the string has 3"},
	{"[format('{1}','a')]", "format()"},
	{"[format('}','a')]", "}}"},
	{"[range(0,10001)]", "0 to 10000"},
	{"[copyIndex()]", "no copy loop"},
	{"[copyIndex('x')]", "no copy loop called x"},
	{"[resourceId('Microsoft.Network/virtualNetworks/subnets','v')]", "1 names"},
	{"[resourceId('a','b','c')]", "no type"},
	{"[createObject('a')]", "pairs"},
	{"[union(createArray(),createObject())]", "alike"},
	{"[lambdaVariables('x')]", "no lambda"},
	{"[map(createArray(1),'x')]", "lambda('name'"},
};

Test(expression, what_is_malformed_names_the_expression)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		const char *got = evaluate(faults[i].text);

		if (!faults[i].says) {
			cr_expect_neq(*got, '!', "%s: %s", faults[i].text, got);
			continue;
		}
		cr_expect(*got == '!' && got[1] == '"' && strstr(got, faults[i].says), "%s: %s",
			  faults[i].text, got);
		cr_expect_str_eq(fixture.diag.first ? fixture.diag.first->code : "",
				 "InvalidTemplate", "%s", faults[i].text);
	}
}

Test(expression, a_broken_variable_is_said_once)
{
	struct json_object *source, *value;

	evaluate("[variables('broken')]");
	cr_expect_str_eq(fixture.diag.first->text, fixture.diag.last->text);
	fixture.diag.first = fixture.diag.last = NULL;
	cr_assert_eq(vfg_evaluation_keep(&evaluation,
					 json_object_new_string("[variables('broken')]"), &source),
		     0);
	cr_expect_eq(vfg_template_value(&template, source, &value), -EINVAL);
	cr_expect_null(fixture.diag.first);
}

static const struct {
	const char *text;
	const char *says; /* in the reason */
} unknown[] = {
	{"[reference('x').y.z]",
	 "\"[reference('x').y.z]\": reference() is only known at deployment"},
	{"[listKeys('x','y').keys[0]]", "listKeys()"},
	{"[concat('a', resourceGroup().name)]", "resourceGroup()"},
	{"[resourceGroup().location]", "--param NAME=VALUE"},
	{"[variables('runtime')]", "\"[reference('x').y]\""},
	{"[parameters('missing')]",
	 "parameter missing has no value: --param missing=VALUE or --parameters FILE"},
	{"[if(equals(parameters('missing'),'x'),1,2)]", "parameter missing"},
	{"[if(true(),parameters('missing'),2)]", "parameter missing"},
	{"[coalesce(parameters('missing'),'x')]", "parameter missing"},
	{"[and(true(),equals(uniqueString('x'),'y'))]", "uniqueString()"},
	{"[equals(variables('mixed'),createArray('a','b'))]", "resourceGroup()"},
	{"[contains(variables('mixed'),'b')]", "resourceGroup()"},
	{"[string(variables('mixed'))]", "resourceGroup()"},
	{"[join(variables('mixed'),',')]", "resourceGroup()"},
	{"[format('{0}',variables('mixed'))]", "resourceGroup()"},
	{"[union(variables('mixed'),createArray('a'))]", "resourceGroup()"},
	{"[first(skip(variables('mixed'),1))]", "resourceGroup()"},
	{"[createObject(resourceGroup().name,1)]", "resourceGroup()"},
	{"[filter(range(0,2),lambda('n',equals(newGuid(),'x')))]", "newGuid()"},
	{"[resourceId('" ASG "',resourceGroup().name)]", "resourceGroup()"},
	{"[my.function('x')]", "function of the template's own"},
	{"[frobnicate('x')]", "frobnicate() is not known here"},
};

Test(expression, what_only_the_deployment_knows_says_what_to_do)
{
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		const char *got = evaluate(unknown[i].text);

		cr_expect(*got == '?' && strstr(got, unknown[i].says), "%s: %s", unknown[i].text,
			  got);
	}
}

Test(expression, a_known_element_beside_an_unknown_one_stays_known)
{
	cr_expect_str_eq(evaluate("[variables('mixed')[0]]"), "\"a\"");
	cr_expect_str_eq(evaluate("[first(variables('mixed'))]"), "\"a\"");
	cr_expect_str_eq(evaluate("[length(concat(variables('mixed'),createArray(1)))]"), "3");
}

Test(expression, a_default_of_the_wrong_type_is_refused)
{
	cr_expect_eq(*evaluate("[parameters('wrong')]"), '!');
	cr_expect_str_eq(fixture.diag.first->code, "InvalidTemplateParameter");
}

/* name is v0 to vN, each made of the one before by @shape, whose %1$d is the number before. */
static const char *chain(int count, const char *first, const char *shape)
{
	char *text = vfg_arena_alloc(fixture.arena, (size_t)count * 200 + 200), *at = text;

	at += sprintf(at, "{\"variables\":{\"v0\":%s", first);
	for (int i = 0; i < count; i++) {
		at += sprintf(at, ",\"v%d\":\"", i + 1);
		at += sprintf(at, shape, i, i);
		at += sprintf(at, "\"");
	}
	sprintf(at, "}}");
	return text;
}

static const struct {
	const char *name;
	int count;
	const char *first;
	const char *shape;
} bombs[] = {
	{"strings that double", 60, "\"0123456789\"",
	 "[concat(variables('v%d'),variables('v%d'))]"},
	{"arrays that double", 60, "[1]", "[concat(variables('v%d'),variables('v%d'))]"},
	{"arrays of twice the same array", 60, "[1]",
	 "[createArray(variables('v%d'),variables('v%d'))]"},
	{"objects of twice the same object", 60, "{\"a\":1}",
	 "[createObject('a',variables('v%d'),'b',variables('v%d'))]"},
	{"objects one in the other", 60, "{\"a\":1}",
	 "[union(createObject('a',variables('v%d')),createObject('b',variables('v%d')))]"},
	{"texts that are replaced by themselves", 60, "\"aa\"",
	 "[replace(variables('v%d'),'a',variables('v%d'))]"},
	{"variables too many levels deep", 900, "\"a\"",
	 "[if(true(),variables('v%d'),variables('v%d'))]"},
	{"arrays too many levels deep", 80, "[]", "[array(createArray(variables('v%d'),%d))]"},
};

Test(expression, what_grows_without_end_is_refused)
{
	for (size_t i = 0; i < sizeof(bombs) / sizeof(*bombs); i++) {
		char last[32];

		tear_down();
		fixture_open(&fixture);
		open_template(chain(bombs[i].count, bombs[i].first, bombs[i].shape));
		snprintf(last, sizeof(last), "[variables('v%d')]", bombs[i].count);
		cr_expect_eq(*evaluate(last), '!', "%s", bombs[i].name);
		cr_expect_str_eq(fixture.diag.first ? fixture.diag.first->code : "",
				 "InvalidTemplate", "%s", bombs[i].name);
		cr_expect_lt(vfg_arena_used(fixture.arena), (size_t)500 * 1000 * 1000, "%s",
			     bombs[i].name);
	}
}

Test(expression, brackets_may_not_be_nested_without_end)
{
	char *text = vfg_arena_alloc(fixture.arena, 20000), *at = text;

	at += sprintf(at, "[");
	for (int i = 0; i < 1000; i++)
		at += sprintf(at, "not(");
	at += sprintf(at, "true()");
	for (int i = 0; i < 1000; i++)
		at += sprintf(at, ")");
	sprintf(at, "]");
	cr_expect(strstr(evaluate(text), "too many brackets"));
}
