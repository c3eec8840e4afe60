# The command and its server as one native program, in an image without .NET:
#   docker build -t autodim .
#   docker run --rm -p 127.0.0.1:8080:8080 -v "$PWD/runs/mine:/model:ro" -e AUTODIM_API_KEY=… autodim
#   docker run --rm -v "$PWD:/work" -w /work autodim run clicks/ --out runs/mine
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends clang zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY Directory.Build.props Directory.Build.targets Directory.Packages.props global.json NOTICE ./
COPY eng/Native.props eng/
COPY src/ src/
RUN dotnet publish src/AutoDim.Cli.Native -c Release -o /autodim

FROM mcr.microsoft.com/dotnet/runtime-deps:10.0
LABEL org.opencontainers.image.title="AutoDim"
COPY --from=build /autodim/ /opt/autodim/
COPY NOTICE /opt/autodim/
USER app
EXPOSE 8080
ENTRYPOINT ["/opt/autodim/autodim"]
# Within a container loopback is nobody's: set AUTODIM_API_KEY where others than you can reach the port.
CMD ["serve", "/model", "--host", "0.0.0.0", "--port", "8080"]
