using static TorchSharp.torch;

namespace Cgh.Trainer.Data;

/// <summary>
/// Normalises pixels on the device that computes: looks <see cref="Normalization.Values"/> up, so that the numbers are the CPU's, bit for
/// bit, whatever the device makes of a division.
/// </summary>
internal sealed class NormalizationTable : IDisposable
{
    private const int PixelValues = 256;

    private readonly Tensor _values;
    private readonly Tensor _starts;

    /// <param name="device">Where the pixels will be.</param>
    /// <param name="type">Of the results; float32 rounded.</param>
    public NormalizationTable(Device device, ScalarType type)
    {
        using var scope = NewDisposeScope();
        _values = tensor(Normalization.Values).to(type, device).DetachFromDisposeScope();
        _starts = tensor(new[] { 0, PixelValues, 2 * PixelValues }).to(device).DetachFromDisposeScope();
    }

    public bool Fits(Device device, ScalarType type) => _values.dtype == type && _values.device_type == device.type;

    /// <summary>The normalised values of interleaved RGB pixels, in their shape.</summary>
    public Tensor Of(Tensor pixels)
    {
        using var entries = pixels.to(ScalarType.Int32).add_(_starts);
        using var flat = entries.view(-1);
        using var values = _values.index_select(0, flat);
        return values.view(pixels.shape);
    }

    public void Dispose()
    {
        _values.Dispose();
        _starts.Dispose();
    }
}
