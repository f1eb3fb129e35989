namespace Cgh.DataPrep.Sources.Archives;

/// <summary>Reads the variables of a MATLAB 5 file; see <see cref="MatFile"/>.</summary>
internal sealed class MatReader(bool bigEndian)
{
    // ImageNet's meta.mat has about 1.5 MB.
    private const int MaxInflatedBytes = 8 << 20;

    // Structures within structures. In meta.mat there is one level.
    private const int MaxDepth = 8;

    private const int SmallestElement = 8;

    private long _inflated;

    /// <exception cref="ArchiveException">The data is damaged or exceeds a limit.</exception>
    public void ReadVariables(ReadOnlySpan<byte> data, Dictionary<string, MatValue> variables)
    {
        while (data.Length > 0)
        {
            var element = Read(ref data);
            if (element.Type == MatType.Compressed)
            {
                ReadOnlySpan<byte> inflated = Inflate(element.Data);
                element = Read(ref inflated);
            }

            if (element.Type == MatType.Matrix)
            {
                variables[ReadMatrix(element, depth: 0, out var value)] = value;
            }
        }
    }

    private MatElement Read(scoped ref ReadOnlySpan<byte> data) => MatElement.Read(ref data, bigEndian);

    private byte[] Inflate(ReadOnlySpan<byte> data)
    {
        using var inflate = new BoundedInflate(new MemoryStream(data.ToArray()), isZlib: true, MaxInflatedBytes);
        using var output = new MemoryStream();
        inflate.CopyTo(output);
        _inflated += output.Length;
        return _inflated <= MaxInflatedBytes ? output.ToArray() : throw new ArchiveException($"is refused: it has more than {MaxInflatedBytes >> 20} MB");
    }

    /// <summary>Returns the name; members of a structure have none.</summary>
    private string ReadMatrix(MatElement matrix, int depth, out MatValue value)
    {
        var data = matrix.Data;
        value = new MatValue();
        if (depth > MaxDepth)
        {
            throw new ArchiveException($"is refused: its structures are nested more than {MaxDepth} deep");
        }

        // MATLAB writes an element without data for an empty value.
        if (data.IsEmpty)
        {
            return "";
        }

        var flags = Integers(ref data, MatType.UInt32);
        var dimensions = Integers(ref data, MatType.Int32);
        var name = Read(ref data).ToText();
        if (flags.Length == 0 || dimensions.Length < 2 || dimensions.Any(dimension => dimension < 0))
        {
            throw MatElement.Damaged();
        }

        // As a double, the product cannot overflow.
        var count = dimensions.Aggregate(1.0, (product, dimension) => product * dimension);
        value = ((uint)flags[0] & 0xFF) switch
        {
            2 => ReadStructures(data, count, depth),
            4 when dimensions[0] <= 1 => new MatValue.Text(Read(ref data).ToText()),
            >= 6 and <= 15 => ReadNumbers(ref data, count),
            _ => value,
        };
        return name;
    }

    private double[] Integers(scoped ref ReadOnlySpan<byte> data, MatType type)
    {
        var element = Read(ref data);
        return element.Type == type ? element.ToNumbers() : throw MatElement.Damaged();
    }

    private MatValue.Numbers ReadNumbers(scoped ref ReadOnlySpan<byte> data, double count)
    {
        var numbers = Read(ref data).ToNumbers();
        return numbers.Length == count ? new MatValue.Numbers(numbers) : throw MatElement.Damaged();
    }

    private MatValue.Structures ReadStructures(ReadOnlySpan<byte> data, double count, int depth)
    {
        var nameLength = Integers(ref data, MatType.Int32) is [var length and >= 1 and <= 256] ? (int)length : throw MatElement.Damaged();
        var names = Read(ref data).Data;
        var fields = new Dictionary<string, MatValue[]>(StringComparer.Ordinal);
        if (names.Length % nameLength != 0 || count * (names.Length / nameLength) * SmallestElement > data.Length)
        {
            throw MatElement.Damaged();
        }

        var columns = new List<MatValue[]>();
        for (; names.Length > 0; names = names[nameLength..])
        {
            columns.Add(new MatValue[(int)count]);
            if (!fields.TryAdd(TarHeader.Text(names[..nameLength]), columns[^1]))
            {
                throw MatElement.Damaged();
            }
        }

        for (var i = 0; columns.Count > 0 && i < count; i++)
        {
            foreach (var column in columns)
            {
                var member = Read(ref data);
                if (member.Type != MatType.Matrix)
                {
                    throw MatElement.Damaged();
                }

                ReadMatrix(member, depth + 1, out column[i]);
            }
        }

        return new MatValue.Structures(fields);
    }
}
