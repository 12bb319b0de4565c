"""Makes the fonts of the PDFs, see README.md."""
import os, sys

os.environ["SOURCE_DATE_EPOCH"] = "0"
from fontTools import subset
from fontTools.ttLib import TTFont, newTable
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
import gzip
def opts(feats):
    o=subset.Options(); o.layout_features=feats; o.hinting=False; o.name_IDs=[0,1,2,3,4,5,6,13,14]; o.notdef_outline=True
    o.drop_tables+=['DSIG','vhea','vmtx','VORG','BASE','meta','STAT','GDEF'] if feats==[] else ['DSIG','meta','STAT']; o.recalc_timestamp=False; o.glyph_names=False; o.legacy_kern=False; o.name_languages=['*']
    return o
def rng(*rs):
    s=set()
    for a,b in rs: s.update(range(a,b+1))
    return s
def make(src,out,us,feats,num=None,name=None):
    f=TTFont(src,fontNumber=num if num is not None else -1)
    if 0x2212 in us and 0x2212 not in f.getBestCmap(): # Noto Sans has no minus: the bar of its plus
        plus=f['glyf']['plus']; ys=sorted({y for _,y in plus.coordinates}); pen=TTGlyphPen(None)
        lo,hi=ys[1],ys[2]; x0,x1=plus.xMin,plus.xMax
        pen.moveTo((x0,lo)); pen.lineTo((x0,hi)); pen.lineTo((x1,hi)); pen.lineTo((x1,lo)); pen.closePath()
        f.setGlyphOrder(f.getGlyphOrder()+['minus']); f['glyf']['minus']=pen.glyph(); f['hmtx']['minus']=f['hmtx']['plus']
        if 'GDEF' in f and f['GDEF'].table.GlyphClassDef: f['GDEF'].table.GlyphClassDef.classDefs['minus']=1
        for t in f['cmap'].tables: t.cmap[0x2212]='minus'
    s=subset.Subsetter(opts(feats)); s.populate(unicodes=us); s.subset(f)
    if 'CFF ' in f:
        gs=f.getGlyphSet(); order=f.getGlyphOrder(); glyphs={}
        for g in order:
            p=TTGlyphPen(gs); gs[g].draw(Cu2QuPen(p,1.0,reverse_direction=True)); glyphs[g]=p.glyph()
        glyf=newTable('glyf'); glyf.glyphOrder=order; glyf.glyphs=glyphs
        f['loca']=newTable('loca'); f['glyf']=glyf; del f['CFF ']
        f['maxp'].tableVersion=0x10000
        m=f['maxp']
        for k in 'maxZones maxTwilightPoints maxStorage maxFunctionDefs maxInstructionDefs maxStackElements maxSizeOfInstructions maxComponentElements maxPoints maxContours maxCompositePoints maxCompositeContours maxComponentDepth'.split(): setattr(m,k,0)
        m.maxZones=1
        f.sfntVersion='\x00\x01\x00\x00'
        f['post'].formatType=3.0
        f['post'].formatType=3.0
    if name:
        for r in f['name'].names:
            if r.nameID in (1,4): r.string=name
            if r.nameID==6: r.string=name.replace(' ','')
            if r.nameID==3: r.string=name+' subset'
    f['head'].modified=f['head'].created
    f.recalcTimestamp=False
    f.save(out)
    raw=open(out,'rb').read()
    z=gzip.GzipFile(filename='',mode='wb',compresslevel=9,fileobj=open(out+'.gz','wb'),mtime=0); z.write(raw); z.close()
    os.remove(out)
latin=rng((0x20,0x7e),(0xa0,0x17f),(0x18f,0x18f),(0x192,0x192),(0x1a0,0x1b0),(0x1c0,0x24f),(0x2b0,0x2ff),(0x300,0x36f),(0x370,0x3ff),(0x400,0x52f),(0x1e00,0x1eff),(0x2000,0x206f),(0x20a0,0x20cf),(0x2116,0x2116),(0x2122,0x2122),(0x2190,0x2193),(0x2212,0x2212),(0x25cc,0x25cc))
make(sys.argv[1],'latin.ttf',latin,['ccmp','mark','mkmk','locl','kern'],name='Daybook Sans')
gb=set()
for a in range(0xa1,0xf8):
    for b in range(0xa1,0xff):
        try: gb.add(ord(bytes([a,b]).decode('gb2312')))
        except Exception: pass
gb={c for c in gb if c>=0x2e80 or c in (0x2014,0x2018,0x2019,0x201c,0x201d,0x2026,0xb7)}
han=gb|rng((0x3000,0x303f),(0xff00,0xffef))
# names' and places' characters beyond GB 2312, of the list of commonly used characters
han|={ord(c) for c in '镕喆堃婠昇玥祎祐翀翊翾芃苡菡旻曈暄璟瑄甯畇珺珣珺垚堃堉骉鑫淼犇湜滢澍濛烜煊燚琤琎瑀瑒瑢璠瓅甦皛睿砚碁祺禤禔禛禟秾穜竑筠筱箬篯粲糸綦羿翙翚肸胤舸芊芮苕茜荇莅莜菂菉萘葳蓁蔺薷虓蛟蝶衎裎覃觐訚诩谌谞赟跹轾辂逄邝邬邰郗郜郇郓郯鄞鄢鄯酆醴钇钊钭铄铖锘镕镡闫阚隽隺雯霁霂頔颀颢飏馨骁骞鲍鸾麒黉黛﨑'}
make(sys.argv[3],'han.ttf',han,[],num=2,name='Daybook Sans SC')
dev=rng((0x900,0x97f),(0x1cd0,0x1cff),(0xa8e0,0xa8ff),(0x200b,0x200d),(0x25cc,0x25cc),(0x20b9,0x20b9),(0x20,0x20),(0x964,0x965))
make(sys.argv[2],'devanagari.ttf',dev,['*'],name='Daybook Sans Devanagari')
