/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parses ARM template expressions by recursive descent:
 *   value  = (text | number | name | name "(" [value {"," value}] ")") {member}
 *   member = ("." | ".?") name | ("[" | "[?") value "]"
 */
#include "expression.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

enum {
	ARGUMENTS_MAX = 256,
};

struct parser {
	struct vfg_arena *arena;
	const char *text;
	size_t bytes; /* without the closing bracket */
	size_t at;
	const char *problem;
};

bool vfg_expression_is(const char *text, size_t bytes)
{
	return bytes >= 2 && text[0] == '[' && text[1] != '[' && text[bytes - 1] == ']';
}

bool vfg_expression_is_escaped(const char *text, size_t bytes)
{
	return bytes >= 3 && text[0] == '[' && text[1] == '[' && text[bytes - 1] == ']';
}

static int problem(struct parser *parser, const char *says)
{
	const char *from = parser->text + parser->at;
	size_t left = parser->bytes - parser->at;

	if (left)
		parser->problem = vfg_arena_format(parser->arena, "%s before \"%.*s\"", says,
						   left < 20 ? (int)left : 20, from);
	else
		parser->problem = vfg_arena_format(parser->arena, "%s at its end", says);
	return parser->problem ? -EINVAL : -ENOMEM;
}

static char peek(struct parser *parser)
{
	while (parser->at < parser->bytes && memchr(" \t\r\n", parser->text[parser->at], 4))
		parser->at++;
	return parser->at < parser->bytes ? parser->text[parser->at] : '\0';
}

static bool take(struct parser *parser, char wanted)
{
	if (peek(parser) != wanted || !wanted)
		return false;
	parser->at++;
	return true;
}

static struct vfg_node *node_new(struct parser *parser, enum vfg_node_kind kind, size_t room)
{
	struct vfg_node *node = vfg_arena_alloc(parser->arena, sizeof(*node));

	if (!node)
		return NULL;
	node->kind = kind;
	node->source = parser->text + parser->at;
	node->child = room ? vfg_arena_array(parser->arena, room, sizeof(*node->child)) : NULL;
	return room && !node->child ? NULL : node;
}

static void node_end(struct parser *parser, struct vfg_node *node)
{
	node->source_bytes = (size_t)(parser->text + parser->at - node->source);
}

/* Where the text at the opening quote ends; a doubled quote does not end it. */
static size_t text_end(const struct parser *parser)
{
	size_t at = parser->at + 1;

	for (; at < parser->bytes; at++) {
		if (parser->text[at] != '\'')
			continue;
		if (at + 1 == parser->bytes || parser->text[at + 1] != '\'')
			break;
		at++;
	}
	return at;
}

/* 'it''s' is it's. */
static int parse_text(struct parser *parser, struct vfg_node **ret_node)
{
	struct vfg_node *node = node_new(parser, VFG_NODE_TEXT, 0);
	size_t end = text_end(parser), length = 0;
	char *text;

	if (end == parser->bytes)
		return problem(parser, "a quote is not closed");
	text = vfg_arena_alloc(parser->arena, end - parser->at);
	if (!node || !text)
		return -ENOMEM;
	for (parser->at++; parser->at < end; parser->at++) {
		text[length++] = parser->text[parser->at];
		parser->at += parser->text[parser->at] == '\'';
	}
	parser->at++;
	node->text = text;
	node_end(parser, node);
	*ret_node = node;
	return 0;
}

static int parse_number(struct parser *parser, struct vfg_node **ret_node)
{
	struct vfg_node *node = node_new(parser, VFG_NODE_NUMBER, 0);
	bool negative = take(parser, '-');
	size_t first = parser->at;

	if (!node)
		return -ENOMEM;
	while (parser->at < parser->bytes && isdigit((unsigned char)parser->text[parser->at])) {
		int digit = parser->text[parser->at++] - '0';

		if (__builtin_mul_overflow(node->number, 10, &node->number) ||
		    __builtin_sub_overflow(node->number, digit, &node->number))
			return problem(parser, "a number is too large");
	}
	if (parser->at == first)
		return problem(parser, "a number is missing");
	if (!negative && __builtin_sub_overflow(0, node->number, &node->number))
		return problem(parser, "a number is too large");
	node_end(parser, node);
	*ret_node = node;
	return 0;
}

static bool is_name(char byte)
{
	return isalnum((unsigned char)byte) || byte == '_' || byte == '$';
}

/* Return: the name's length, 0 where there is none. */
static size_t name_length(struct parser *parser, size_t at)
{
	size_t first = at;

	while (at < parser->bytes && is_name(parser->text[at]))
		at++;
	return at - first;
}

/* NAMESPACE.NAME( is the call of a function that the template defines. */
static size_t function_length(struct parser *parser, size_t length)
{
	size_t at = parser->at + length;
	size_t second;

	if (at >= parser->bytes || parser->text[at] != '.')
		return length;
	second = name_length(parser, at + 1);
	at += 1 + second;
	if (!second || at >= parser->bytes || parser->text[at] != '(')
		return length;
	return length + 1 + second;
}

/* true, false, null, or the name of a function, whose bracket is taken too. */
static int parse_name(struct parser *parser, struct vfg_node **ret_node)
{
	struct vfg_node *node = node_new(parser, VFG_NODE_WORD, 0);
	size_t length = name_length(parser, parser->at);
	char *name;

	if (!length)
		return problem(parser, "a value is missing");
	length = function_length(parser, length);
	name = vfg_arena_strndup(parser->arena, parser->text + parser->at, length);
	if (!node || !name)
		return -ENOMEM;
	node->text = name;
	parser->at += length;
	node_end(parser, node);
	if (take(parser, '('))
		node->kind = VFG_NODE_CALL;
	else if (strcasecmp(name, "true") && strcasecmp(name, "false") && strcasecmp(name, "null"))
		return problem(parser, "'(' is missing");
	*ret_node = node;
	return 0;
}

static int parse_primary(struct parser *parser, struct vfg_node **ret_node)
{
	char byte = peek(parser);

	if (byte == '\'')
		return parse_text(parser, ret_node);
	if (byte == '-' || isdigit((unsigned char)byte))
		return parse_number(parser, ret_node);
	return parse_name(parser, ret_node);
}

/* Behind the value of a member: .name and .?name */
static int parse_property(struct parser *parser, struct vfg_node **value)
{
	struct vfg_node *member = node_new(parser, VFG_NODE_MEMBER, 2);
	struct vfg_node *name;
	size_t length;

	if (!member)
		return -ENOMEM;
	member->safe = take(parser, '?');
	peek(parser);
	name = node_new(parser, VFG_NODE_TEXT, 0);
	length = name_length(parser, parser->at);
	if (!length)
		return problem(parser, "the name of a property is missing");
	if (!name)
		return -ENOMEM;
	name->text = vfg_arena_strndup(parser->arena, parser->text + parser->at, length);
	if (!name->text)
		return -ENOMEM;
	parser->at += length;
	node_end(parser, name);
	member->source = (*value)->source;
	node_end(parser, member);
	member->child[0] = *value;
	member->child[1] = name;
	member->count = 2;
	*value = member;
	return 0;
}

/* What waits for its closing bracket: a call, or a member whose key is being read. */
struct open {
	struct vfg_node *node;
	size_t count;
	struct vfg_node *argument[ARGUMENTS_MAX];
};

struct stack {
	size_t count;
	struct open open[VFG_EXPRESSION_DEPTH_MAX];
};

static int push(struct parser *parser, struct stack *stack, struct vfg_node *node)
{
	struct open *open;

	if (stack->count == VFG_EXPRESSION_DEPTH_MAX)
		return problem(parser, "too many brackets");
	open = &stack->open[stack->count++];
	open->node = node;
	open->count = 0;
	return 0;
}

static int push_index(struct parser *parser, struct stack *stack, struct vfg_node *value)
{
	struct vfg_node *node = node_new(parser, VFG_NODE_MEMBER, 0);
	int err = node ? push(parser, stack, node) : -ENOMEM;

	if (err)
		return err;
	node->source = value->source;
	node->safe = take(parser, '?');
	stack->open[stack->count - 1].argument[0] = value;
	stack->open[stack->count - 1].count = 1;
	return 0;
}

/* The innermost bracket closes. */
static int pop(struct parser *parser, struct stack *stack, struct vfg_node **ret_value)
{
	struct open *open = &stack->open[--stack->count];
	struct vfg_node *node = open->node;

	node->count = open->count;
	node->child = vfg_arena_array(parser->arena, open->count, sizeof(*node->child));
	if (!node->child)
		return -ENOMEM;
	memcpy(node->child, open->argument, open->count * sizeof(*node->child));
	node_end(parser, node);
	*ret_value = node;
	return 0;
}

static int add(struct parser *parser, struct stack *stack, struct vfg_node *value)
{
	struct open *open = &stack->open[stack->count - 1];

	if (open->count == ARGUMENTS_MAX)
		return problem(parser, "too many arguments");
	open->argument[open->count++] = value;
	return 0;
}

enum next {
	NEXT_VALUE, /* a value must follow */
	NEXT_END,
};

/*
 * Behind a value: members, commas and closing brackets. Return: 0 with what follows, -EINVAL or
 * -ENOMEM.
 */
static int parse_behind(struct parser *parser, struct stack *stack, struct vfg_node **value,
			enum next *ret_next)
{
	const struct open *top;
	int err = 0;

	while (!err) {
		char byte = peek(parser);
		bool call;

		top = stack->count ? &stack->open[stack->count - 1] : NULL;
		call = top && top->node->kind == VFG_NODE_CALL;
		if (take(parser, '.')) {
			err = parse_property(parser, value);
		} else if (take(parser, '[')) {
			*ret_next = NEXT_VALUE;
			return push_index(parser, stack, *value);
		} else if (call && take(parser, ',')) {
			*ret_next = NEXT_VALUE;
			return add(parser, stack, *value);
		} else if (top && take(parser, call ? ')' : ']')) {
			err = add(parser, stack, *value);
			if (!err)
				err = pop(parser, stack, value);
		} else if (!top && parser->at == parser->bytes) {
			*ret_next = NEXT_END;
			return 0;
		} else {
			return problem(parser, call  ? "',' or ')' is missing"
					       : top ? "']' is missing"
					       : byte == ')' || byte == ']'
						       ? "a bracket closes that is not open"
						       : "unexpected text");
		}
	}
	return err;
}

static int parse(struct parser *parser, struct stack *stack, struct vfg_node **ret_value)
{
	enum next next = NEXT_VALUE;
	int err = 0;

	while (!err && next == NEXT_VALUE) {
		err = parse_primary(parser, ret_value);
		if (err)
			return err;
		if ((*ret_value)->kind == VFG_NODE_CALL) {
			err = push(parser, stack, *ret_value);
			if (err || !take(parser, ')'))
				continue;
			err = pop(parser, stack, ret_value);
		}
		if (!err)
			err = parse_behind(parser, stack, ret_value, &next);
	}
	return err;
}

int vfg_expression_parse(struct vfg_arena *arena, const char *text, size_t bytes,
			 const struct vfg_node **ret_node, const char **ret_problem)
{
	struct parser parser = {.arena = arena, .text = text, .bytes = bytes - 1, .at = 1};
	struct vfg_node *node = NULL;
	struct stack stack;
	int err = 0;

	stack.count = 0;
	if (memchr(text, '\0', bytes))
		err = problem(&parser, "a NUL stands");
	if (!err)
		err = parse(&parser, &stack, &node);
	if (err) {
		*ret_problem = parser.problem;
		return err;
	}
	*ret_node = node;
	return 0;
}
