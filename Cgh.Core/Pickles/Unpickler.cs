using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Cgh.Core.Pickles;

/// <summary>
/// Reads data from Python's pickle format, protocols 2 to 5. A pickle is a program that can call any function; this reader calls none, and
/// <paramref name="types"/> says which names are known. A pickle evaluates to null, bool, long (<see cref="BigInteger"/> above 8 bytes), double, string, bytes
/// (a string of Python 2 included, as <see cref="ReadOnlyMemory{T}"/> of byte), list (a set included), array (tuple), dictionary, or what
/// <paramref name="types"/> makes.
/// Allocations are proportional to the bytes read, and there is no recursion.
/// </summary>
/// <param name="pickle">The pickle. Bytes in the result are slices of it.</param>
/// <param name="types">The classes and functions that the pickle may name.</param>
/// <param name="refuse">Creates an exception from a reason.</param>
/// <param name="maxInstructions">Limit on the instructions of a pickle, each of which can take about 100 bytes of memory.</param>
public sealed class Unpickler(byte[] pickle, IPickleTypes types, Func<string, UserErrorException> refuse, int maxInstructions = int.MaxValue)
{
    // Bytes are converted for each use as a key, and a pickle can use the same ones many times.
    private const int MaxKeyBytes = 100;

    private static readonly object s_unset = new();

    // The stack of values and, for each open mark, the number of values below it.
    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = new();
    private readonly List<object?> _memo = [];

    /// <summary>Number of bytes read.</summary>
    public int Position { get; private set; }

    /// <summary>Evaluates the pickle, or the next one if several follow each other.</summary>
    /// <exception cref="UserErrorException">The pickle is damaged or contains anything but data.</exception>
    public object? Read()
    {
        _memo.Clear();
        for (var instructions = 0; ; instructions++)
        {
            if (instructions == maxInstructions)
            {
                throw refuse(string.Create(CultureInfo.InvariantCulture, $"its pickle has more than {maxInstructions} instructions"));
            }

            var opcode = Byte();
            if (opcode == '.')
            {
                var value = Pop();
                return _stack.Count == 0 && _marks.Count == 0 ? value : throw refuse("its pickle ends with values on the stack");
            }

            Execute(opcode);
        }
    }

    private void Execute(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: // PROTO
                CheckProtocol(Byte());
                break;
            case 0x95: // FRAME
                Take(8);
                break;
            case (byte)'(':
                _marks.Push(_stack.Count);
                break;
            case (byte)'N':
                _stack.Add(null);
                break;
            case 0x88: // NEWTRUE
                _stack.Add(true);
                break;
            case 0x89: // NEWFALSE
                _stack.Add(false);
                break;
            case (byte)'K':
                _stack.Add((long)Byte());
                break;
            case (byte)'M':
                _stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                break;
            case (byte)'J':
                _stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                break;
            case 0x8a: // LONG1
                _stack.Add(Long(Take(Byte())));
                break;
            case 0x8b: // LONG4
                _stack.Add(Long(Take(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))));
                break;
            case (byte)'G':
                _stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                break;
            case (byte)'X':
                _stack.Add(Text(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                break;
            case 0x8c: // SHORT_BINUNICODE
                _stack.Add(Text(Byte()));
                break;
            case (byte)'U' or (byte)'C': // SHORT_BINSTRING, SHORT_BINBYTES
                _stack.Add(Bytes(Byte()));
                break;
            case (byte)'T' or (byte)'B': // BINSTRING, BINBYTES
                _stack.Add(Bytes(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                break;
            case 0x8d: // BINUNICODE8
                _stack.Add(Text(Length8()));
                break;
            case 0x8e or 0x96: // BINBYTES8, BYTEARRAY8
                _stack.Add(Bytes(Length8()));
                break;
            case (byte)']' or 0x8f: // EMPTY_LIST, EMPTY_SET
                _stack.Add(new List<object?>());
                break;
            case (byte)'}':
                _stack.Add(new Dictionary<string, object?>(StringComparer.Ordinal));
                break;
            case (byte)')':
                _stack.Add(Array.Empty<object?>());
                break;
            case (byte)'t':
                _stack.Add(PopToMark());
                break;
            case 0x85 or 0x86 or 0x87: // TUPLE1, TUPLE2, TUPLE3
                var tuple = new object?[opcode - 0x84];
                for (var i = tuple.Length - 1; i >= 0; i--)
                {
                    tuple[i] = Pop();
                }

                _stack.Add(tuple);
                break;
            case 0x91: // FROZENSET
                _stack.Add(PopToMark());
                break;
            case (byte)'a':
                Append([Pop()]);
                break;
            case (byte)'e' or 0x90: // APPENDS, ADDITEMS
                Append(PopToMark());
                break;
            case (byte)'s':
                var (value, key) = (Pop(), Pop());
                SetAll([key, value]);
                break;
            case (byte)'u':
                SetAll(PopToMark());
                break;
            case (byte)'q':
                Remember(Byte());
                break;
            case (byte)'r':
                Remember(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)));
                break;
            case 0x94: // MEMOIZE
                Remember((uint)_memo.Count);
                break;
            case (byte)'h':
                _stack.Add(Recall(Byte()));
                break;
            case (byte)'j':
                _stack.Add(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                break;
            case (byte)'c':
                _stack.Add(types.Global(Line(), Line()));
                break;
            case 0x93: // STACK_GLOBAL
                var (name, module) = (Pop() as string, Pop() as string);
                _stack.Add(types.Global(
                    module ?? throw refuse("its pickle refers to a class without a module"),
                    name ?? throw refuse("its pickle refers to a class without a name")));
                break;
            case (byte)'Q':
                _stack.Add(types.Persistent(Pop()));
                break;
            case (byte)'R' or 0x81: // REDUCE, NEWOBJ
                var arguments = Arguments(Pop());
                _stack.Add(types.Make(Pop(), arguments));
                break;
            case 0x92: // NEWOBJ_EX
                Pop(); // The arguments with a name.
                arguments = Arguments(Pop());
                _stack.Add(types.Make(Pop(), arguments));
                break;
            case (byte)'b':
                var state = Pop();
                types.SetState(Peek(), state);
                break;
            default:
                throw refuse(string.Create(CultureInfo.InvariantCulture, $"its pickle has the unsupported instruction 0x{opcode:x2}"));
        }
    }

    private void CheckProtocol(byte protocol)
    {
        if (protocol is < 2 or > 5)
        {
            throw refuse(string.Create(CultureInfo.InvariantCulture, $"its pickle has the unsupported protocol {protocol} (supported: 2 to 5)"));
        }
    }

    private object?[] Arguments(object? value) => value as object?[] ?? throw refuse("its pickle calls a function without arguments");

    private void Append(object?[] items)
    {
        if (Peek() is not PickleObject)
        {
            (Peek() as List<object?> ?? throw refuse("its pickle adds items to a value that is not a list")).AddRange(items);
        }
    }

    private void SetAll(object?[] items)
    {
        var target = Peek() switch
        {
            Dictionary<string, object?> dictionary => dictionary,
            PickleObject made => made.Items,
            _ => throw refuse("its pickle adds items to a value that is not a dictionary"),
        };
        if (items.Length % 2 != 0)
        {
            throw refuse("its pickle has a key without a value");
        }

        for (var i = 0; i < items.Length; i += 2)
        {
            Set(target, items[i], items[i + 1]);
        }
    }

    // Integer keys, as in an optimizer's state, are converted to strings, whose hash codes a hostile file cannot make collide. Other keys name nothing that
    // is read.
    private static void Set(Dictionary<string, object?> target, object? key, object? value)
    {
        var name = key switch
        {
            string text => text,
            ReadOnlyMemory<byte> { Length: <= MaxKeyBytes } bytes => Encoding.Latin1.GetString(bytes.Span),
            long number => number.ToString(CultureInfo.InvariantCulture),
            _ => null,
        };
        if (name is not null)
        {
            target[name] = value;
        }
    }

    // Python 3 numbers memo entries from 0 and Python 2 from 1. Accepting any index would let a file claim memory.
    private void Remember(uint index)
    {
        var value = Peek();
        if (index > _memo.Count + 1)
        {
            throw refuse("its pickle numbers memo entries out of order");
        }

        _memo.AddRange(Enumerable.Repeat(s_unset, Math.Max(0, (int)index + 1 - _memo.Count)));

        _memo[(int)index] = value;
    }

    private object? Recall(uint index) =>
        index < _memo.Count && _memo[(int)index] is var value && value != s_unset ? value : throw refuse("its pickle refers to a missing memo entry");

    private object? Peek() => _stack.Count > Floor ? _stack[^1] : throw refuse("its pickle reads from an empty stack");

    private int Floor => _marks.TryPeek(out var mark) ? mark : 0;

    private object? Pop()
    {
        var value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object?[] PopToMark()
    {
        if (!_marks.TryPop(out var mark))
        {
            throw refuse("its pickle refers to a missing mark");
        }

        object?[] values = [.. _stack[mark..]];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return values;
    }

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count > pickle.Length - Position)
        {
            throw refuse("its pickle is truncated");
        }

        var taken = pickle.AsSpan(Position, (int)count);
        Position += (int)count;
        return taken;
    }

    private ReadOnlyMemory<byte> Bytes(long length)
    {
        var first = Position;
        return pickle.AsMemory(first, Take(length).Length);
    }

    private string Text(long length) => Encoding.UTF8.GetString(Take(length));

    private string Line()
    {
        var length = pickle.AsSpan(Position).IndexOf((byte)'\n');
        var line = length < 0 ? throw refuse("its pickle is truncated") : Text(length);
        Position++;
        return line;
    }

    private long Length8() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8)) is <= int.MaxValue and var length ? (long)length : long.MaxValue;

    private static object Long(ReadOnlySpan<byte> bytes)
    {
        var number = new BigInteger(bytes);
        return bytes.Length <= sizeof(long) ? (object)(long)number : number;
    }
}
