using System.Globalization;
using System.Text;

namespace AutoDim.Reports;

/// <summary>Where numbers lie along an axis, 0 at its low end and 1 at its high one.</summary>
internal readonly record struct Axis(double Low, double High, bool IsLogarithmic = false)
{
    private const int Steps = 5;

    public double PlaceOf(double value) => IsLogarithmic ? Part(Math.Log(value), Math.Log(Low), Math.Log(High)) : Part(value, Low, High);

    /// <summary>Numbers to write at the axis: powers of ten, or five equal steps.</summary>
    public IEnumerable<double> Ticks()
    {
        var axis = this;
        if (!IsLogarithmic) return Enumerable.Range(0, Steps + 1).Select(i => axis.Low + ((axis.High - axis.Low) * i / Steps));
        return Enumerable.Range((int)Math.Ceiling(Math.Log10(Low)), 20).Select(power => Math.Pow(10, power)).TakeWhile(power => power <= axis.High);
    }

    private static double Part(double value, double low, double high) => high > low ? (value - low) / (high - low) : 0.5;
}

/// <summary>A plot as SVG: a frame with lines at ticks, on which others draw. Colours are the page's, so that they follow light and dark.</summary>
internal sealed class Plot
{
    private const double Left = 70, Top = 20, Bottom = 50;

    private readonly StringBuilder page;
    /// <summary>Room that a point's name takes.</summary>
    private const double NameWidth = 110, NameHeight = 14;

    private readonly List<(double X, double Y)> named = [];
    private readonly double width, height, right;
    private readonly Axis x, y;

    /// <summary>Begins it; <see cref="End"/> closes it.</summary>
    /// <param name="label">What it shows, for those who cannot see it.</param>
    /// <param name="right">Room beside it, for a legend.</param>
    public Plot(StringBuilder page, string label, double width, double height, Axis x, Axis y, double right = 30)
    {
        (this.page, this.width, this.height, this.x, this.y, this.right) = (page, width, height, x, y, right);
        Draw($"<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{HtmlPage.Text(label)}\">");
    }

    /// <summary>Where x begins.</summary>
    public double Start => Left;

    /// <summary>The first place of the room beside it.</summary>
    public double Beside => width - right;

    public double X(double value) => Left + ((width - Left - right) * x.PlaceOf(value));

    public double Y(double value) => height - Bottom - ((height - Top - Bottom) * y.PlaceOf(value));

    public void Draw(FormattableString shapes) => page.Append(shapes.ToString(CultureInfo.InvariantCulture));

    /// <summary>Lines across at the ticks of y, with their numbers.</summary>
    /// <param name="format">Of the numbers.</param>
    public Plot TicksUp(string format)
    {
        foreach (var tick in y.Ticks()) Draw($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Beside}\" y1=\"{Y(tick):F1}\" y2=\"{Y(tick):F1}\"/><text x=\"{Left - 8}\" y=\"{Y(tick) + 4:F1}\" text-anchor=\"end\">{tick.ToString(format, CultureInfo.InvariantCulture)}</text>");
        return this;
    }

    /// <summary>Likewise of x.</summary>
    public Plot TicksAlong(string format)
    {
        foreach (var tick in x.Ticks()) LineUp(tick, tick.ToString(format, CultureInfo.InvariantCulture));
        return this;
    }

    /// <summary>A line up at a place of x, with up to two lines of text below.</summary>
    public void LineUp(double value, string text, string below = "")
        => Draw($"<line class=\"grid\" x1=\"{X(value):F1}\" x2=\"{X(value):F1}\" y1=\"{Top}\" y2=\"{height - Bottom}\"/><text x=\"{X(value):F1}\" y=\"{height - Bottom + 18}\" text-anchor=\"middle\">{HtmlPage.Text(text)}</text><text x=\"{X(value):F1}\" y=\"{height - Bottom + 34}\" text-anchor=\"middle\">{HtmlPage.Text(below)}</text>");

    /// <summary>What x means, below its numbers.</summary>
    public Plot NameX(string name)
    {
        Draw($"<text class=\"faint\" x=\"{(Left + Beside) / 2}\" y=\"{height - Bottom + 36}\" text-anchor=\"middle\">{HtmlPage.Text(name)}</text>");
        return this;
    }

    /// <summary>A line through points, in the order given, with its name at its end.</summary>
    /// <param name="style">A class of the page's: full or slim.</param>
    /// <param name="nameUp">How far above its end the name stands; two curves may end alike.</param>
    public void Curve(IEnumerable<(double X, double Y)> points, string style, string name, double nameUp)
    {
        (double X, double Y)[] all = [.. points];
        if (all.Length == 0) return;
        var places = string.Join(' ', all.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.X):F1},{Y(point.Y):F1}")));
        Draw($"<polyline class=\"curve {style}\" points=\"{places}\"/><text x=\"{X(all[^1].X) + 6:F1}\" y=\"{Y(all[^1].Y) + 4 - nameUp:F1}\">{HtmlPage.Text(name)}</text>");
    }

    /// <summary>A round mark with its name beside it; only its title tells the name where another's stands already.</summary>
    /// <param name="style">A class of the page's.</param>
    /// <param name="title">In full.</param>
    public void Point(double xValue, double yValue, double radius, string style, string name, string title)
    {
        var (left, up) = (X(xValue), Y(yValue));
        Draw($"<circle class=\"{style}\" fill-opacity=\"0.6\" cx=\"{left:F1}\" cy=\"{up:F1}\" r=\"{radius:F1}\"><title>{HtmlPage.Text(title)}</title></circle>");
        if (named.Any(other => Math.Abs(other.X - left) < NameWidth && Math.Abs(other.Y - up) < NameHeight)) return;
        named.Add((left, up));
        Draw($"<text x=\"{left + radius + 3:F1}\" y=\"{up + 4:F1}\">{HtmlPage.Text(name)}</text>");
    }

    public void End() => page.Append("</svg>");
}
