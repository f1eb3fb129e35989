using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Cgh.Core.Pickles;

/// <summary>
/// Reads data from Python's pickle format, protocols 2 to 5. A pickle is a program that can call any function; this reader calls none, and
/// <paramref name="types"/> says which names are known. A pickle evaluates to null, bool, long, double, string, bytes (a string of Python 2 included, as
/// <see cref="ReadOnlyMemory{T}"/> of byte), list, array (tuple), dictionary, or what <paramref name="types"/> makes.
/// Allocations are proportional to the bytes read, and there is no recursion.
/// </summary>
/// <param name="pickle">The pickle. Bytes in the result are slices of it.</param>
/// <param name="types">The classes and functions that the pickle may name.</param>
/// <param name="refuse">Creates an exception from a reason.</param>
/// <param name="maxInstructions">Limit on the instructions, each of which can take about 100 bytes of memory.</param>
public sealed class Unpickler(byte[] pickle, IPickleTypes types, Func<string, UserErrorException> refuse, int maxInstructions = int.MaxValue)
{
    // Bytes are converted for each use as a key, and a pickle can use the same ones many times.
    private const int MaxKeyBytes = 100;

    private static readonly object s_unset = new();

    // The stack of values and, for each open mark, the number of values below it.
    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = new();
    private readonly List<object?> _memo = [];
    private int _at;

    /// <summary>Evaluates the pickle.</summary>
    /// <exception cref="UserErrorException">The pickle is damaged or contains anything but data.</exception>
    public object? Read()
    {
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
            case (byte)']':
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
            case (byte)'a':
                var item = Pop();
                Top<List<object?>>("a list").Add(item);
                break;
            case (byte)'e':
                var items = PopToMark();
                Top<List<object?>>("a list").AddRange(items);
                break;
            case (byte)'s':
                var (value, key) = (Pop(), Pop());
                Set(Top<Dictionary<string, object?>>("a dictionary"), key, value);
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
            case (byte)'R':
                var arguments = Pop() as object?[] ?? throw refuse("its pickle calls a function without arguments");
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

    private void SetAll(object?[] items)
    {
        var target = Top<Dictionary<string, object?>>("a dictionary");
        if (items.Length % 2 != 0)
        {
            throw refuse("its pickle has a key without a value");
        }

        for (var i = 0; i < items.Length; i += 2)
        {
            Set(target, items[i], items[i + 1]);
        }
    }

    // Integer keys, as in an optimizer's state, are converted to strings, whose hash codes a hostile file cannot make collide.
    private void Set(Dictionary<string, object?> target, object? key, object? value)
    {
        var name = key switch
        {
            string text => text,
            ReadOnlyMemory<byte> { Length: <= MaxKeyBytes } bytes => Encoding.Latin1.GetString(bytes.Span),
            long number => number.ToString(CultureInfo.InvariantCulture),
            _ => throw refuse("its pickle has a key that is neither a short string nor an integer"),
        };
        target[name] = value;
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

    private T Top<T>(string what)
        where T : class => Peek() as T ?? throw refuse($"its pickle adds items to a value that is not {what}");

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
        if (count > pickle.Length - _at)
        {
            throw refuse("its pickle is truncated");
        }

        var taken = pickle.AsSpan(_at, (int)count);
        _at += (int)count;
        return taken;
    }

    private ReadOnlyMemory<byte> Bytes(long length)
    {
        var first = _at;
        return pickle.AsMemory(first, Take(length).Length);
    }

    private string Text(long length) => Encoding.UTF8.GetString(Take(length));

    private string Line()
    {
        var length = pickle.AsSpan(_at).IndexOf((byte)'\n');
        var line = length < 0 ? throw refuse("its pickle is truncated") : Text(length);
        _at++;
        return line;
    }

    private long Long(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > sizeof(long))
        {
            throw refuse("its pickle has an integer of more than 8 bytes");
        }

        var number = bytes.Length > 0 && bytes[^1] >= 0x80 ? -1L : 0L;
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            number = (number << 8) | bytes[i];
        }

        return number;
    }
}
