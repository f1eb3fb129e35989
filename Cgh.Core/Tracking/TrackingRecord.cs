using System.Buffers.Binary;

namespace Cgh.Core.Tracking;

/// <summary>What a tracked epoch records of an example: three bytes.</summary>
/// <param name="Margin">The given label's logit minus the largest other one, in float16; above 0 if and only if the prediction is the label.</param>
/// <param name="Probability">The given label's probability, times 255 and rounded.</param>
public readonly record struct TrackingRecord(Half Margin, byte Probability)
{
    /// <summary>Bytes of a record: the margin, little-endian, and the probability.</summary>
    public const int Size = 3;

    /// <summary>Largest probability.</summary>
    public const int MaxProbability = 255;

    /// <summary>The record of an example that the epoch did not see: its margin is NaN.</summary>
    public static TrackingRecord NotSeen { get; } = new(Half.NaN, 0);

    /// <summary>Whether the epoch saw the example.</summary>
    public bool IsSeen => !Half.IsNaN(Margin);

    /// <summary>Whether the prediction was the given label.</summary>
    public bool IsRight => Margin > Half.Zero;

    /// <summary>Encodes the scores of an example.</summary>
    /// <param name="isRight">Whether the prediction is the label, which decides ties and NaN.</param>
    /// <param name="margin">The label's logit minus the largest other one; NaN if the logits are not finite.</param>
    /// <param name="probability">The label's probability, 0 to 1; NaN counts as 0.</param>
    public static TrackingRecord Of(bool isRight, float margin, double probability)
    {
        // The smallest and the largest float16 keep the sign where rounding would give zero or infinity.
        var size = float.IsNaN(margin) || margin > 0 != isRight ? Half.Epsilon : (Half)MathF.Abs(margin);
        size = Half.Clamp(size, Half.Epsilon, Half.MaxValue);
        var rounded = (byte)Math.Round(MaxProbability * (probability > 0 ? Math.Min(probability, 1) : 0), MidpointRounding.AwayFromZero);
        return new TrackingRecord(isRight ? size : -size, rounded);
    }

    /// <summary>Reads a record.</summary>
    public static TrackingRecord Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadHalfLittleEndian(bytes), bytes[2]);

    /// <summary>Writes this record.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteHalfLittleEndian(bytes, Margin);
        bytes[2] = Probability;
    }
}
