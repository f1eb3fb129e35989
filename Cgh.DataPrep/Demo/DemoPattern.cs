namespace Cgh.DataPrep.Demo;

/// <summary>A class of demo images: a sum of colour waves on an infinite plane, of which every image shows a section.</summary>
internal sealed class DemoPattern
{
    private readonly Wave[] _waves;
    private readonly DemoLook _look;

    public DemoPattern(DemoLook look, uint seed, int index)
    {
        _look = look;
        var random = new DemoRandom(seed, DemoStream.Pattern, index);
        _waves = new Wave[look.Waves];

        // A wave of amplitude a has variance a * a / 2. Directions and phases are independent, so variances add.
        var amplitude = look.Contrast * Math.Sqrt(2.0 / look.Waves);
        for (var i = 0; i < _waves.Length; i++)
        {
            var frequency = random.Between(look.LowestFrequency, look.HighestFrequency);
            var direction = random.Between(0, Math.PI);
            var phase = random.Between(0, Math.Tau);
            _waves[i] = new Wave(
                Math.Tau * frequency * Math.Cos(direction),
                Math.Tau * frequency * Math.Sin(direction),
                phase,
                amplitude * random.Normal(),
                amplitude * random.Normal(),
                amplitude * random.Normal());
        }
    }

    /// <summary>Draws one image: <paramref name="side"/> x <paramref name="side"/> pixels of four bytes (red, green, blue, 255).</summary>
    public byte[] Draw(int side, DemoRandom random)
    {
        var hardness = Math.Pow(random.Between(0, 1), _look.HardnessPower);
        var shiftX = random.Between(-_look.Shift, _look.Shift);
        var shiftY = random.Between(-_look.Shift, _look.Shift);
        var flipped = random.Chance(_look.Flipped);
        var contrast = 1 + random.Between(-_look.ContrastSpread, _look.ContrastSpread);
        var brightness = 0.5 + random.Between(-_look.Brightness, _look.Brightness);
        var red = brightness + random.Between(-_look.Tint, _look.Tint);
        var green = brightness + random.Between(-_look.Tint, _look.Tint);
        var blue = brightness + random.Between(-_look.Tint, _look.Tint);
        var noise = _look.MinNoise + (hardness * (_look.MaxNoise - _look.MinNoise));
        var patch = Patch.Draw(side, (int)Math.Round(hardness * _look.Occlusion * side), random);

        var pixels = new byte[side * side * 4];
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
            {
                var u = ((flipped ? side - 1 - x : x) / (double)side) + shiftX;
                var v = (y / (double)side) + shiftY;
                double r = 0, g = 0, b = 0;
                foreach (var wave in _waves)
                {
                    var height = Math.Sin((wave.X * u) + (wave.Y * v) + wave.Phase);
                    r += wave.Red * height;
                    g += wave.Green * height;
                    b += wave.Blue * height;
                }

                var covered = patch.Covers(x, y);
                var at = ((y * side) + x) * 4;
                pixels[at] = ToByte((covered ? patch.Red : red + (contrast * r)) + (noise * random.Normal()));
                pixels[at + 1] = ToByte((covered ? patch.Green : green + (contrast * g)) + (noise * random.Normal()));
                pixels[at + 2] = ToByte((covered ? patch.Blue : blue + (contrast * b)) + (noise * random.Normal()));
                pixels[at + 3] = byte.MaxValue;
            }
        }

        return pixels;
    }

    private static byte ToByte(double brightness) => (byte)Math.Clamp(Math.Round(brightness * 255), 0, 255);

    // X and Y are radians across one image side; the colours are amplitudes.
    private readonly record struct Wave(double X, double Y, double Phase, double Red, double Green, double Blue);

    private readonly record struct Patch(int Left, int Top, int Size, double Red, double Green, double Blue)
    {
        public static Patch Draw(int side, int size, DemoRandom random) => new(
            (int)random.Between(0, side - size + 1),
            (int)random.Between(0, side - size + 1),
            size,
            random.Between(0.1, 0.9),
            random.Between(0.1, 0.9),
            random.Between(0.1, 0.9));

        public bool Covers(int x, int y) => x >= Left && x < Left + Size && y >= Top && y < Top + Size;
    }
}
