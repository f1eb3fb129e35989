namespace Cgh.Tests;

/// <summary>Damage to a file, for fuzz tests.</summary>
internal static class ByteDamage
{
    /// <summary>Number of kinds.</summary>
    public const int Kinds = 5;

    /// <summary>Flips a bit, writes an extreme value, removes, repeats, or fills with ones.</summary>
    /// <param name="bytes">The file, which has at least one byte.</param>
    /// <param name="at">Where it is damaged.</param>
    /// <param name="kind">From 0 to <see cref="Kinds"/> - 1.</param>
    /// <param name="random">Draws the details.</param>
    public static void Apply(List<byte> bytes, int at, int kind, Random random)
    {
        switch (kind)
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = new byte[] { 0, 1, 0x7f, 0x80, 0xff }[random.Next(5)];
                break;
            case 2:
                bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at));
                break;
            case 3:
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 9), bytes.Count - at)));
                break;
            default:
                for (var i = at; i < Math.Min(at + 8, bytes.Count); i++)
                {
                    bytes[i] = 0xff;
                }

                break;
        }
    }
}
