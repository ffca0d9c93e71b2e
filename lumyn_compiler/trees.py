"""Syntax trees as the parser leaves them: every token kept, with its offsets."""

from __future__ import annotations

from typing import TypeAlias

from lark import Token, Tree

from lumyn_compiler.source import Span

__all__ = ["Child", "Node", "child", "children", "find", "place", "span_of", "token"]

Node: TypeAlias = Tree[Token]
Child: TypeAlias = Token | Tree[Token]


def child(node: Node, index: int) -> Node:
    """A child that the grammar says is a tree."""
    part = node.children[index]
    assert isinstance(part, Tree), "the grammar has a rule here"
    return part


def token(node: Node, index: int = 0) -> Token:
    """A child that the grammar says is a token."""
    part = node.children[index]
    assert isinstance(part, Token), "the grammar has a terminal here"
    return part


def children(node: Node, name: str) -> list[Node]:
    """The children of one rule of the grammar."""
    return [part for part in node.children if isinstance(part, Tree) and part.data == name]


def find(node: Node, *names: str) -> Node | None:
    """The first child of some rules of the grammar."""
    return next((part for part in node.children if isinstance(part, Tree) and part.data in names), None)


def span_of(node: Child) -> Span:
    """From the first to the last token of a tree; cost: its depth along both edges."""
    first = last = node
    while isinstance(first, Tree):
        first = first.children[0]
    while isinstance(last, Tree):
        last = last.children[-1]
    return Span(place(first).start, place(last).end)


def place(word: Token) -> Span:
    """Where a token stands."""
    assert word.start_pos is not None, "the scanner gives every token its place"
    assert word.end_pos is not None, "the scanner gives every token its place"
    return Span(word.start_pos, word.end_pos)
